import { basename, dirname, extname } from "node:path";
import { ConfigError } from "../../streams/component/errors.js";
import { didYouMean } from "../../streams/component/suggest.js";

/** The names that are looked for, in this order and whatever their case, where no option names a column. */
export const KEY_COLUMNS = ["printer_id", "key"] as const;
export const TIME_COLUMNS = ["timestamp", "time", "datetime", "date"] as const;
/** A row with `idle` or `gone` here is no reading: it says that the printer fell silent or went away. */
export const MARK_COLUMN = "time_mark";

/** What each column of a file is for. */
export interface Header {
  readonly width: number;
  /** Index of the column, -1 where there is none. */
  readonly key: number;
  readonly time: number;
  readonly mark: number;
  /** The columns that become fields of the reading. */
  readonly fields: readonly { readonly index: number; readonly name: string }[];
}

/**
 * Reads the header row. A column without a name is left out (an index that some program wrote); one called `kind` becomes
 * the field `kind_`, since the kind of a record is not for a file to say. Throws ConfigError where it makes no sense.
 */
export function readHeader(
  cells: readonly string[],
  path: string,
  { key, time }: { readonly key?: string | undefined; readonly time?: string | undefined },
): Header {
  const names = cells.map((cell) => cell.trim());
  if (names.some((name) => name.includes("\0") || name.includes("\uFFFD\uFFFD"))) {
    throw new ConfigError(`${path} is not a text in UTF-8: save it as CSV in UTF-8`);
  }
  refuseDoubles(names, path);
  const header = {
    width: names.length,
    key: key === undefined ? findKnown(names, KEY_COLUMNS) : findNamed(names, key, "key", path),
    time: time === undefined ? findKnown(names, TIME_COLUMNS) : findNamed(names, time, "time", path),
    mark: names.indexOf(MARK_COLUMN),
  };
  const taken = [header.key, header.time, header.mark];
  const fields = names
    .map((name, index) => ({ index, name: name === "kind" ? "kind_" : name }))
    .filter(({ index, name }) => name !== "" && !taken.includes(index));
  return { ...header, fields };
}

function refuseDoubles(names: readonly string[], path: string): void {
  const seen = new Set<string>(names.includes("kind") ? ["kind_"] : []);
  for (const name of names) {
    if (name in Object.prototype) {
      throw new ConfigError(`${path}: a column cannot be called "${name}", which every object has; rename it`);
    }
    if (name !== "" && seen.has(name)) throw new ConfigError(`${path}: two columns are called "${name}"; rename one`);
    seen.add(name);
  }
}

function findKnown(names: readonly string[], known: readonly string[]): number {
  const lower = names.map((name) => name.toLowerCase());
  for (const name of known) {
    if (lower.includes(name)) return lower.indexOf(name);
  }
  return -1;
}

function findNamed(names: readonly string[], name: string, option: string, path: string): number {
  const index = names.indexOf(name);
  if (index >= 0) return index;
  const columns = names.map((column) => `"${column}"`).join(", ");
  throw new ConfigError(
    `${path} has no column "${name}" for the ${option}.${didYouMean(name, names)} Its columns: ${columns}.`,
  );
}

/**
 * The key of the rows of each file that has no key column: the file's name without its extension, and with its folder's
 * in front where two files have the same name.
 */
export function fileKeys(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(path, extname(path)));
  return names.map((name, i) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${basename(dirname(paths[i]!))}_${name}`,
  );
}
