import { invert } from "./cholesky.js";
import type { Memory } from "./memory.js";
import { type Calibrate, type Calibration, tailOf } from "./tail.js";

/** Rows that the trailing mean of a column's departure covers. */
const SPAN = 12;
const [ROWS, UNSOLVED, SOLVED] = [0, 1, 2] as const;
/** Departure now, departure and its energy over a while, and the distance of the whole row. */
export const RELATION_MEASURES = 4;
const PER_COLUMN = 3;

/**
 * How columns hang together. The inverse of the covariance holds the regression of each column on all the others: what
 * a column departs from it is (P z)_i / P_ii, with variance 1 / P_ii (Lauritzen, "Graphical Models", 1996), and z' P z is
 * the squared Mahalanobis distance of the row (Hotelling's T²). So a broken correlation shows while each column for itself
 * is as usual.
 */
export class Relation {
  readonly #covariance: Float64Array;
  readonly #precision: Float64Array;
  readonly #departures: Float64Array;
  readonly #state: Float64Array;
  readonly #now: Calibration[];
  readonly #while: Calibration[];
  readonly #strength: Calibration[];
  readonly #energies: Float64Array;
  readonly #whole: Calibration;
  readonly #horizon: number;
  readonly #z: Float64Array;
  /** The statistics of the last row, NaN where there are none. */
  readonly #statistics: Float64Array;

  constructor(
    memory: Memory,
    readonly columns: number,
    { horizon, calibrate = tailOf }: { readonly horizon: number; readonly calibrate?: Calibrate },
  ) {
    this.#horizon = horizon;
    this.#covariance = memory.take(columns * columns);
    this.#precision = memory.take(columns * columns);
    this.#departures = memory.take(columns);
    this.#energies = memory.take(columns);
    this.#state = memory.take(3);
    this.#now = Array.from({ length: columns }, () => calibrate(memory, horizon, 1));
    this.#while = Array.from({ length: columns }, () => calibrate(memory, horizon, SPAN));
    this.#strength = Array.from({ length: columns }, () => calibrate(memory, horizon, SPAN));
    this.#whole = calibrate(memory, horizon, 1);
    this.#z = new Float64Array(columns);
    this.#statistics = new Float64Array(PER_COLUMN * columns + 1).fill(NaN);
  }

  /** Puts -ln p of each measure of each column into `evidence`, RELATION_MEASURES a column. Learns nothing. */
  look(z: ArrayLike<number>, evidence: Float64Array): void {
    const { columns } = this;
    this.#z.set(z);
    evidence.fill(0);
    this.#statistics.fill(NaN);
    if (this.#state[SOLVED] === 0) return;
    let distance = 0;
    for (let i = 0; i < columns; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += this.#precision[i * columns + j]! * this.#z[j]!;
      distance += sum * this.#z[i]!;
      const departure = sum / Math.sqrt(this.#precision[i * columns + i]!);
      const mean = this.#departures[i]! + (Math.max(-4, Math.min(4, departure)) - this.#departures[i]!) / SPAN;
      this.#departures[i] = mean;
      const energy = this.#energies[i]! + (Math.min(9, departure * departure) - this.#energies[i]!) / SPAN;
      this.#energies[i] = energy;
      this.#statistics[PER_COLUMN * i] = Math.abs(departure);
      this.#statistics[PER_COLUMN * i + 1] = Math.abs(mean);
      this.#statistics[PER_COLUMN * i + 2] = energy;
      evidence[i * RELATION_MEASURES] = this.#now[i]!.evidence(Math.abs(departure));
      evidence[i * RELATION_MEASURES + 1] = this.#while[i]!.evidence(Math.abs(mean));
      evidence[i * RELATION_MEASURES + 2] = this.#strength[i]!.evidence(energy);
    }
    const whole = Math.sqrt(Math.max(0, distance));
    this.#statistics[PER_COLUMN * columns] = whole;
    evidence[RELATION_MEASURES - 1] = this.#whole.evidence(whole);
  }

  learn(weight: number): void {
    const { columns } = this;
    const state = this.#state;
    if (!Number.isNaN(this.#statistics[0])) {
      for (let i = 0; i < columns; i++) {
        this.#now[i]!.learn(this.#statistics[PER_COLUMN * i]!, weight);
        this.#while[i]!.learn(this.#statistics[PER_COLUMN * i + 1]!, weight);
        this.#strength[i]!.learn(this.#statistics[PER_COLUMN * i + 2]!, weight);
      }
      this.#whole.learn(this.#statistics[PER_COLUMN * columns]!, weight);
    }
    state[ROWS] = state[ROWS]! + weight;
    const rate = weight / Math.min(Math.max(1, state[ROWS]), this.#horizon);
    for (let i = 0; i < columns; i++)
      for (let j = 0; j <= i; j++) {
        const at = i * columns + j;
        this.#covariance[at] = this.#covariance[at]! + rate * (this.#z[i]! * this.#z[j]! - this.#covariance[at]!);
      }
    state[UNSOLVED] = state[UNSOLVED]! + weight;
    if (state[ROWS] >= 2 * columns + 8 && state[UNSOLVED] >= Math.max(16, columns)) this.#solve();
  }

  /** Inverts the covariance, its correlations made a little smaller: the more so the fewer rows a column there are. */
  #solve(): void {
    const { columns } = this;
    const state = this.#state;
    state[UNSOLVED] = 0;
    const shrink = 0.01 + columns / (columns + state[ROWS]!);
    const matrix = new Float64Array(columns * columns);
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < i; j++)
        matrix[i * columns + j] = matrix[j * columns + i] = this.#covariance[i * columns + j]! * (1 - shrink);
      matrix[i * columns + i] = this.#covariance[i * columns + i]! + 0.01;
    }
    if (!invert(matrix, columns)) return;
    this.#precision.set(matrix);
    state[SOLVED] = 1;
  }
}
