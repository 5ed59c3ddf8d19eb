import { Random } from "../../src/sources/synthesizer/random.js";

/** Rows of one or more columns, and which of them are anomalous. */
export interface LabelledSeries {
  readonly columns: readonly Float64Array[];
  readonly label: Uint8Array;
}

export const ROWS = 3000;

/** What a series is like before anything happens to it; one normal row in its usual spread is about 1. */
type Base = (random: Random) => (row: number) => number;

/** Noise of variance 1 whose neighbours correlate by this much. */
function noise(correlation: number, tails: "normal" | "long"): Base {
  return (random) => {
    let last = 0;
    return () => {
      // The quotient of a normal and the root of a mean of three squares is Student's t with 3 degrees of freedom.
      const squares = () => random.gaussian() ** 2 + random.gaussian() ** 2 + random.gaussian() ** 2;
      const fresh = random.gaussian() / (tails === "long" ? Math.sqrt(squares() / 3) * 1.7 : 1);
      last = correlation * last + Math.sqrt(1 - correlation ** 2) * fresh;
      return last;
    };
  };
}

/** A wave of this period with noise upon it; the second wave makes its form other than a sine. */
function wave(period: number, noisy: number): Base {
  return (random) => {
    const phase = random.uniform() * period;
    const second = 0.3 + 0.4 * random.uniform();
    return (row) => {
      const turn = (2 * Math.PI * (row + phase)) / period;
      return 1.3 * Math.sin(turn) + second * Math.sin(2 * turn + 1) + noisy * random.gaussian();
    };
  };
}

export const BASES = {
  "white noise": noise(0, "normal"),
  "correlated noise": noise(0.9, "normal"),
  "long tails": noise(0.3, "long"),
  "short wave": wave(24, 0.25),
  "long wave": wave(150, 0.15),
} as const satisfies Record<string, Base>;
export type BaseName = keyof typeof BASES;

/** A column of this base. Time may be bent: `clock` says which row of the undisturbed series stands here. */
export function column(base: BaseName, random: Random, clock: (row: number) => number = (row) => row): Float64Array {
  const at = BASES[base](random);
  return Float64Array.from({ length: ROWS }, (_, row) => at(clock(row)));
}
