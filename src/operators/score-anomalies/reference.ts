import type { Memory } from "./memory.js";

const KEPT = 512;
/** Makes the median absolute deviation of normal noise its standard deviation. */
const MAD_TO_DEVIATION = 1.4826;
const [SEEN, NEXT, UNSORTED, LOCATION, SCALE, REACH, SKIPPED] = [0, 1, 2, 3, 4, 5, 6] as const;
const sorted = new Float64Array(KEPT);

/**
 * The usual value of a column and how far it usually strays: median and median absolute deviation of a sample of what was
 * not anomalous, so that neither outliers nor a unit as large as it likes matter.
 */
export class Reference {
  readonly #kept: Float64Array;
  readonly #state: Float64Array;

  /** `horizon`: about how many rows back the sample reaches. */
  constructor(
    memory: Memory,
    readonly horizon: number,
  ) {
    this.#kept = memory.take(KEPT);
    this.#state = memory.take(7);
  }

  get known(): boolean {
    return this.#state[SEEN]! >= 12;
  }

  /** How far the value is from the usual one, in usual deviations, with its sign. */
  scaled(value: number): number {
    const distance = (value - this.#state[LOCATION]!) / this.#state[SCALE]!;
    return Math.max(-1e6, Math.min(1e6, distance));
  }

  /** What `scaled` seldom exceeds: 3 for normal noise, more where tails are long. */
  get reach(): number {
    return this.#state[REACH]!;
  }

  learn(value: number): void {
    const state = this.#state;
    // Once the sample is full only every so-manyth value goes in, so that it reaches back as far as it should.
    if (state[SEEN]! >= KEPT && ++state[SKIPPED]! < this.horizon / KEPT) return;
    state[SKIPPED] = 0;
    this.#kept[state[NEXT]!] = value;
    state[NEXT] = (state[NEXT]! + 1) % KEPT;
    state[SEEN] = state[SEEN]! + 1;
    state[UNSORTED] = state[UNSORTED]! + 1;
    if (state[UNSORTED] >= Math.min(32, Math.max(1, state[SEEN] / 8))) this.#measure();
  }

  #measure(): void {
    const state = this.#state;
    state[UNSORTED] = 0;
    const count = Math.min(KEPT, state[SEEN]!);
    const sample = sorted.subarray(0, count);
    sample.set(this.#kept.subarray(0, count));
    sample.sort();
    const location = quantile(sample, 0.5);
    const low = quantile(sample, 0.025);
    const high = quantile(sample, 0.975);
    for (let i = 0; i < count; i++) sample[i] = Math.abs(sample[i]! - location);
    sample.sort();
    // A column that keeps one value most of the time has no median deviation; then its range has to do.
    const deviation = Math.max(MAD_TO_DEVIATION * quantile(sample, 0.5), (high - low) / 8);
    const smallest = Math.max(Math.abs(location) * 1e-6, Number.MIN_VALUE * 1e10);
    state[LOCATION] = location;
    state[SCALE] = Math.min(Math.max(deviation, smallest), Number.MAX_VALUE / 4);
    state[REACH] = Math.max(3, Math.min(20, quantile(sample, 0.99) / state[SCALE]));
  }
}

function quantile(ascending: Float64Array, share: number): number {
  const place = share * (ascending.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, ascending.length - 1);
  return ascending[low]! * (1 - (place - low)) + ascending[high]! * (place - low);
}
