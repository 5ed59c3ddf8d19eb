import { Random } from "../../src/sources/synthesizer/random.js";
import { BASES, type BaseName, column, type LabelledSeries, ROWS } from "./series.js";

/** Nothing happens before this row. */
const EARLIEST = 1200;
const ALL = Object.keys(BASES) as BaseName[];
const WAVES: readonly BaseName[] = ["short wave", "long wave"];
const PERIODS: Partial<Record<BaseName, number>> = { "short wave": 24, "long wave": 150 };

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Kind {
  /** What it is done to. */
  readonly bases: readonly BaseName[];
  make(base: BaseName, random: Random): LabelledSeries;
}

/** Changes the values of one column within a span of rows, which is labelled. */
function within(
  bases: readonly BaseName[],
  length: readonly [number, number],
  change: (values: Float64Array, span: Span, random: Random, base: BaseName) => void,
): Kind {
  return {
    bases,
    make(base, random) {
      const span = spanOf(length, random);
      const values = column(base, random);
      change(values, span, random, base);
      return { columns: [values], label: labelled(span) };
    },
  };
}

/** Bends the time of a wave within a span: the phase or the frequency is other than usual. */
function bent(clock: (row: number, span: Span, period: number) => number): Kind {
  return {
    bases: WAVES,
    make(base, random) {
      const span = spanOf([150, 300], random);
      const values = column(base, random, (row) => (row < span.from ? row : clock(row, span, PERIODS[base]!)));
      return { columns: [values], label: labelled(span) };
    },
  };
}

/** Three columns that share a cause. `others` change while each for itself stays as it is. */
function joined(change: (columns: Float64Array[], span: Span, random: Random, base: BaseName) => void): Kind {
  return {
    bases: ALL,
    make(base, random) {
      const span = spanOf([80, 160], random);
      const cause = column(base, random);
      const columns = [1, -0.7, 0.5].map((gain) => cause.map((value) => gain * value + 0.2 * random.gaussian()));
      change(columns, span, random, base);
      return { columns, label: labelled(span) };
    },
  };
}

const sign = (random: Random) => (random.uniform() < 0.5 ? -1 : 1);

export const KINDS: Readonly<Record<string, Kind>> = {
  spike: {
    bases: ALL,
    make(base, random) {
      const values = column(base, random);
      const label = new Uint8Array(ROWS);
      for (let i = 0; i < 5; i++) {
        const row = random.whole(EARLIEST, ROWS - 1);
        values[row] = values[row]! + sign(random) * random.between(6, 10);
        label[row] = 1;
      }
      return { columns: [values], label };
    },
  },
  "level shift": within(ALL, [60, 200], (values, span, random) => {
    const shift = sign(random) * random.between(2.5, 5);
    each(span, (row) => (values[row]! += shift));
  }),
  "trend change": within(ALL, [150, 300], (values, span, random) => {
    const slope = sign(random) * random.between(0.02, 0.05);
    each(span, (row) => (values[row]! += slope * (row - span.from)));
  }),
  "slow drift": within(ALL, [400, 800], (values, span, random) => {
    const slope = (sign(random) * random.between(4, 6)) / (span.to - span.from);
    each(span, (row) => (values[row]! += slope * (row - span.from)));
  }),
  noisier: within(ALL, [60, 200], (values, span, random) => {
    const more = random.between(1.5, 2.5);
    each(span, (row) => (values[row]! += more * random.gaussian()));
  }),
  "noise burst": within(ALL, [10, 25], (values, span, random) => {
    each(span, (row) => (values[row]! += random.between(3, 5) * random.gaussian()));
  }),
  calmer: within(["white noise", "correlated noise", "long tails"], [60, 200], (values, span) =>
    each(span, (row) => (values[row]! *= 0.25)),
  ),
  stuck: within(ALL, [40, 150], (values, span) => each(span, (row) => (values[row] = values[span.from]!))),
  "amplitude change": within(WAVES, [150, 300], (values, span, random) => {
    const gain = random.uniform() < 0.5 ? random.between(0.2, 0.4) : random.between(1.6, 2.2);
    each(span, (row) => (values[row]! *= gain));
  }),
  "frequency change": bent((row, span) => (row < span.to ? span.from + 1.6 * (row - span.from) : row)),
  "phase change": bent((row, span, period) => (row < span.to ? row + period / 2 : row)),
  "missing cycle": within(WAVES, [1, 1], () => undefined),
  contextual: within(["long wave"], [20, 40], (values, span, _, base) => {
    const half = PERIODS[base]! / 2;
    each(span, (row) => (values[row] = values[row - half]!));
  }),
  "seasonal form": within(WAVES, [150, 300], (values, span) =>
    each(span, (row) => (values[row] = Math.abs(values[row]!) * 1.3 - 0.9)),
  ),
  "broken correlation": joined((columns, span, random, base) => {
    const other = column(base, random);
    each(span, (row) => (columns[1]![row] = -0.7 * other[row]! + 0.2 * random.gaussian()));
  }),
  "reversed correlation": joined((columns, span) => each(span, (row) => (columns[2]![row] = -columns[2]![row]!))),
  "one of many": joined((columns, span, random) => {
    const shift = sign(random) * random.between(1, 2);
    each(span, (row) => (columns[0]![row]! += shift));
  }),
  nothing: { bases: ALL, make: (base, random) => ({ columns: [column(base, random)], label: new Uint8Array(ROWS) }) },
};

/** A whole period without its wave: only noise about the mean is left. */
Object.assign(KINDS["missing cycle"]!, {
  make(base: BaseName, random: Random): LabelledSeries {
    const period = PERIODS[base]!;
    const span = spanOf([period, period], random);
    const values = column(base, random);
    each(span, (row) => (values[row] = 0.2 * random.gaussian()));
    return { columns: [values], label: labelled(span) };
  },
});

function spanOf([shortest, longest]: readonly [number, number], random: Random): Span {
  const length = random.whole(shortest, longest);
  const from = random.whole(EARLIEST, ROWS - length - 300);
  return { from, to: from + length };
}

function each({ from, to }: Span, act: (row: number) => void): void {
  for (let row = from; row < to; row++) act(row);
}

function labelled(span: Span): Uint8Array {
  const label = new Uint8Array(ROWS);
  each(span, (row) => (label[row] = 1));
  return label;
}

/** One series of a kind: the same for the same seed. */
export function makeSeries(kind: string, seed: number): LabelledSeries {
  const { bases, make } = KINDS[kind]!;
  const random = new Random(seed, Object.keys(KINDS).indexOf(kind), 1);
  return make(bases[seed % bases.length]!, random);
}
