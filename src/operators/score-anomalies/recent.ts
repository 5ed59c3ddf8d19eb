import type { Memory } from "./memory.js";

/** A power of two, so that places wrap by a mask. Two periods must fit in. */
const KEPT = 1024;
const MASK = KEPT - 1;
const ROWS = 0;

/** The last values of a column as they came, and sums that give the mean of any span of them at once. */
export class Recent {
  readonly #values: Float64Array;
  readonly #sums: Float64Array;
  readonly #state: Float64Array;

  constructor(memory: Memory) {
    this.#values = memory.take(KEPT);
    this.#sums = memory.take(KEPT);
    this.#state = memory.take(2);
  }

  static readonly longest = KEPT;

  /** Rows seen in all. */
  get rows(): number {
    return this.#state[ROWS]!;
  }

  add(value: number): void {
    const row = this.#state[ROWS]!;
    this.#values[row & MASK] = value;
    this.#sums[row & MASK] = (row === 0 ? 0 : this.#sums[(row - 1) & MASK]!) + value;
    this.#state[ROWS] = row + 1;
  }

  /** The value `back` rows before the next one (1 is the newest); undefined where it is no longer or not yet there. */
  back(rows: number): number | undefined {
    const seen = this.#state[ROWS]!;
    return rows >= 1 && rows <= seen && rows <= KEPT ? this.#values[(seen - rows) & MASK]! : undefined;
  }

  /** Mean of the `length` values that end `back` rows before the newest (0: with the newest). */
  mean(back: number, length: number): number {
    const last = this.#state[ROWS]! - 1 - back;
    const before = last - length;
    return (this.#sums[last & MASK]! - (before < 0 ? 0 : this.#sums[before & MASK]!)) / length;
  }

  /** The last values, oldest first. */
  latest(): Float64Array {
    const seen = this.#state[ROWS]!;
    const count = Math.min(seen, KEPT);
    return Float64Array.from({ length: count }, (_, i) => this.#values[(seen - count + i) & MASK]!);
  }
}
