import { ConfigError } from "../../streams/component/errors.js";
import { alignTarget } from "./align-target.js";
import type { Label, Recording } from "./recording.js";
import { splitRecording, type Part } from "./split.js";

/** What the regressor is to foretell: a feature of the window that ends so many ms later. */
export interface Target {
  readonly feature: string;
  readonly horizon: number;
}

/** Rows of several recordings, one after the other. */
export interface Rows {
  readonly names: readonly string[];
  readonly count: number;
  /** Row-major, in the features' own units; NaN where missing. */
  readonly values: Float32Array;
  /** The same length as the rows; NaN where unknown, empty where none was asked for. */
  readonly targets: Float64Array;
  readonly labels: readonly Label[];
}

/** The number of samples tells how often a printer reports, and nothing of its print. */
const NOT_OF_THE_PRINT = /_count$/;

/** The rows of all recordings in their parts, without counts. Throws ConfigError where the recordings do not fit together. */
export function partition(
  given: readonly Recording[],
  gap: number,
  target?: Target,
): Readonly<Record<Part, Rows>> {
  const recordings = given.map(withoutCounts);
  checkAlike(recordings);
  const parts = recordings.map((recording) => splitRecording(recording, target ? gap + target.horizon : gap));
  const collect = (part: Part): Rows => collectRows(recordings, target, (file, row) => parts[file]![row] === part);
  return {
    train: collect("train"),
    validation: collect("validation"),
    "held-back": collect("held-back"),
    unused: collect("unused"),
  };
}

/** All rows of all recordings with these features in this order. Throws ConfigError where the recordings lack one. */
export function rowsOf(given: readonly Recording[], features: readonly string[], target?: Target): Rows {
  const recordings = given.map((recording) => {
    const columns = features.map((feature) => recording.names.indexOf(feature));
    const missing = features.filter((_, i) => columns[i] === -1);
    if (missing.length > 0)
      throw new ConfigError(
        `${recording.file}: the model wants ${missing.length} features that this pipeline does not make, ${missing[0]} the first; ` +
          "give the pipeline that it was trained with",
      );
    return withColumns(recording, columns);
  });
  checkAlike(recordings);
  return collectRows(recordings, target, () => true);
}

function checkAlike([first, ...others]: readonly Recording[]): void {
  if (!first) throw new ConfigError("no recording is given; name one with --data FILE.csv");
  for (const { file, names } of others) {
    if (names.join() !== first.names.join()) {
      throw new ConfigError(`${file} gives other features than ${first.file}; take recordings of the same kind`);
    }
  }
}

function collectRows(
  recordings: readonly Recording[],
  target: Target | undefined,
  keep: (file: number, row: number) => boolean,
): Rows {
  const chosen = recordings.flatMap((recording, file) => {
    const targets = target && alignTarget(recording, target.feature, target.horizon);
    return recording.rows.flatMap((row, i) => (keep(file, i) ? [{ row, target: targets?.[i] }] : []));
  });
  const { names } = recordings[0]!;
  return {
    names,
    count: chosen.length,
    values: flatten(chosen.map(({ row }) => row.values), names.length),
    targets: Float64Array.from(target ? chosen : [], (each) => each.target ?? NaN),
    labels: chosen.map(({ row }) => row.label),
  };
}

function withoutCounts(recording: Recording): Recording {
  return withColumns(
    recording,
    recording.names.flatMap((name, i) => (NOT_OF_THE_PRINT.test(name) ? [] : [i])),
  );
}

function withColumns({ file, names, rows }: Recording, columns: readonly number[]): Recording {
  return {
    file,
    names: columns.map((i) => names[i]!),
    rows: rows.map((row) => ({ ...row, values: Float64Array.from(columns, (i) => row.values[i]!) })),
  };
}

/** The rows that a test holds for. */
export function pick(rows: Rows, keep: (row: number) => boolean): Rows {
  const kept = Array.from({ length: rows.count }, (_, row) => row).filter(keep);
  const width = rows.names.length;
  return {
    names: rows.names,
    count: kept.length,
    values: flatten(kept.map((row) => rows.values.subarray(row * width, (row + 1) * width)), width),
    targets: rows.targets.length > 0 ? Float64Array.from(kept, (row) => rows.targets[row]!) : rows.targets,
    labels: kept.map((row) => rows.labels[row]),
  };
}

/** Whether anything was measured in a row. */
export function isMeasured({ values, names }: Rows, row: number): boolean {
  const width = names.length;
  return values.subarray(row * width, (row + 1) * width).some((value) => !Number.isNaN(value));
}

function flatten(rows: readonly ArrayLike<number>[], width: number): Float32Array {
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, i) => values.set(row, i * width));
  return values;
}
