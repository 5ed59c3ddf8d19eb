import type { Memory } from "./memory.js";

/** Constant, three values before, and the two one period before. */
const INPUTS = 6;
const LAGS = 3;
/** Before so many rows errors say more of the forecast than of the value. */
const SETTLED = 24;
const FORGETTING = 0.999;
/** Beyond this nothing is forgotten: directions in which nothing happens would lose their bounds (wind-up). */
const LARGEST_TRACE = 50;
const [ROWS, VARIANCE, EXPECTED] = [0, 1, 2] as const;

/**
 * Foretells the next value of a column from those before it and from the same phase of the last period: a seasonal
 * autoregression fitted by recursive least squares (Ljung & Söderström, "Theory and Practice of Recursive Identification",
 * 1983). What it could not foretell is what is new.
 */
export class Forecast {
  readonly #weights: Float64Array;
  readonly #inverse: Float64Array;
  readonly #lags: Float64Array;
  readonly #state: Float64Array;
  readonly #inputs = new Float64Array(INPUTS);
  readonly #gain = new Float64Array(INPUTS);

  constructor(memory: Memory) {
    this.#weights = memory.take(INPUTS);
    this.#inverse = memory.take(INPUTS * INPUTS);
    this.#lags = memory.take(LAGS);
    this.#state = memory.take(3);
    if (this.#inverse[0] === 0) this.#reset();
  }

  /** What the value should have been, as of the last call of `error`. */
  get expected(): number {
    return this.#state[EXPECTED]!;
  }

  /** Usual size of an error. */
  get deviation(): number {
    return Math.sqrt(this.#state[VARIANCE]!);
  }

  /** The error in usual errors; NaN while too little is known. `seasonal` and `seasonalNext`: the values one period before this row and one row later. */
  error(value: number, seasonal: number, seasonalNext: number): number {
    const inputs = this.#inputs;
    inputs[0] = 1;
    inputs.set(this.#lags, 1);
    inputs[LAGS + 1] = seasonal;
    inputs[LAGS + 2] = seasonalNext;
    let expected = 0;
    for (let i = 0; i < INPUTS; i++) expected += this.#weights[i]! * inputs[i]!;
    this.#state[EXPECTED] = expected;
    if (this.#state[ROWS]! < SETTLED) return NaN;
    return (value - expected) / (this.deviation + 1e-4);
  }

  /** Takes the value into the lags, and learns from the error with this weight (0..1). Call it after `error`. */
  learn(value: number, weight: number): void {
    const state = this.#state;
    const lags = this.#lags;
    const rows = (state[ROWS] = state[ROWS]! + 1);
    if (rows > LAGS) {
      const error = value - state[EXPECTED]!;
      if (weight > 0.5) this.#adjust(error);
      const rate = weight / Math.min(rows - LAGS, 300);
      state[VARIANCE] = state[VARIANCE]! + rate * (error * error - state[VARIANCE]!);
    }
    lags.copyWithin(1, 0, LAGS - 1);
    lags[0] = value;
  }

  #adjust(error: number): void {
    const [inverse, inputs, gain] = [this.#inverse, this.#inputs, this.#gain];
    let power = 1;
    let trace = 0;
    for (let i = 0; i < INPUTS; i++) {
      let sum = 0;
      for (let j = 0; j < INPUTS; j++) sum += inverse[i * INPUTS + j]! * inputs[j]!;
      gain[i] = sum;
      power += sum * inputs[i]!;
      trace += inverse[i * INPUTS + i]!;
    }
    const forgetting = trace < LARGEST_TRACE ? FORGETTING : 1;
    for (let i = 0; i < INPUTS; i++) {
      this.#weights[i] = this.#weights[i]! + (gain[i]! / power) * error;
      for (let j = 0; j < INPUTS; j++) {
        const at = i * INPUTS + j;
        inverse[at] = (inverse[at]! - (gain[i]! * gain[j]!) / power) / forgetting;
      }
    }
    if (!Number.isFinite(trace) || trace < 0) this.#reset();
  }

  #reset(): void {
    this.#inverse.fill(0);
    for (let i = 0; i < INPUTS; i++) this.#inverse[i * INPUTS + i] = 10;
  }
}
