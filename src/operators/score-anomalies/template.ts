import type { Memory } from "./memory.js";

const LONGEST = 512;
/** A phase is known after so many periods. */
const FEWEST = 3;
/** So many periods back "usual" reaches. */
const REMEMBERED = 12;
const [PERIOD, BEGAN] = [0, 1] as const;

/** What a column usually is at each phase of its period, learned from rows that are not in doubt. */
export class Template {
  readonly #means: Float64Array;
  readonly #state: Float64Array;

  constructor(memory: Memory) {
    this.#means = memory.take(LONGEST);
    this.#state = memory.take(2);
  }

  /** Starts over with this period, in rows; 0: there is none. */
  begin(period: number): void {
    this.#means.fill(0);
    this.#state[PERIOD] = period <= LONGEST ? period : 0;
    this.#state[BEGAN] = -1;
  }

  /** The usual value at the phase of this row; undefined while it is not known. */
  expected(row: number): number | undefined {
    const [period, began] = [this.#state[PERIOD]!, this.#state[BEGAN]!];
    return period === 0 || began < 0 || row < began + FEWEST * period ? undefined : this.#means[row % period];
  }

  learn(row: number, value: number, weight: number): void {
    const state = this.#state;
    const period = state[PERIOD]!;
    if (period === 0) return;
    if (state[BEGAN]! < 0) state[BEGAN] = row;
    const phase = row % period;
    const periods = Math.floor((row - state[BEGAN]!) / period) + 1;
    const rate = weight / Math.min(periods, REMEMBERED);
    this.#means[phase] = this.#means[phase]! + rate * (value - this.#means[phase]!);
  }
}
