import { Forecast } from "./forecast.js";
import type { Memory } from "./memory.js";
import { Novelty } from "./novelty.js";
import { periodOf } from "./period.js";
import { Recent } from "./recent.js";
import { Reference } from "./reference.js";
import { Tail } from "./tail.js";

/** Rows that the trailing means of level and spread cover. */
const LEVEL_SPANS = [8, 32, 128] as const;
const SPREAD_SPANS = [16, 64] as const;
/** Energy below this part of the usual one is none: a flat line. */
const SILENCE = 1e-4;
const [BIAS, SEASON, USUAL_ENERGY, USUAL_ROUGHNESS, LAST, PERIOD, NEXT_SEARCH] = [0, 1, 2, 3, 4, 5, 6] as const;
const SCALARS = 7;

/** What a column is looked at for. Each has a statistic, and its own past to compare it with. */
export const MEASURES = [
  "value",
  "error",
  "bias",
  "season",
  ...LEVEL_SPANS.map((span) => `level ${span}`),
  ...SPREAD_SPANS.map((span) => `energy ${span}`),
  ...SPREAD_SPANS.map((span) => `roughness ${span}`),
  "novelty",
] as const;
const SPANS = [1, 1, 8, 4, ...LEVEL_SPANS, ...SPREAD_SPANS, ...SPREAD_SPANS, 8];

/** One column of one series: how odd each value is, by several measures, from it and those before it. */
export class Column {
  /** Statistics of the last row; NaN for one that says nothing yet. */
  readonly statistics = new Float64Array(MEASURES.length);
  readonly #reference: Reference;
  readonly #forecast: Forecast;
  readonly #recent: Recent;
  readonly #novelty: Novelty;
  readonly #tails: readonly Tail[];
  readonly #levels: Float64Array;
  readonly #energies: Float64Array;
  readonly #roughness: Float64Array;
  readonly #scalars: Float64Array;
  #raw = 0;

  constructor(memory: Memory, horizon: number) {
    this.#reference = new Reference(memory, horizon);
    this.#forecast = new Forecast(memory);
    this.#recent = new Recent(memory);
    this.#novelty = new Novelty(memory);
    this.#tails = SPANS.map((span) => new Tail(memory, horizon, span));
    this.#levels = memory.take(LEVEL_SPANS.length);
    this.#energies = memory.take(SPREAD_SPANS.length);
    this.#roughness = memory.take(SPREAD_SPANS.length);
    this.#scalars = memory.take(SCALARS);
  }

  /** The last value in usual deviations, within what is usual: outliers are cut. */
  get scaled(): number {
    return this.#scalars[LAST]!;
  }

  /** Looks at the next value, and puts -ln p of each measure into `evidence`. Learns nothing. */
  look(raw: number, evidence: Float64Array): void {
    this.#raw = raw;
    evidence.fill(0);
    this.statistics.fill(NaN);
    if (!this.#reference.known) return;
    this.#measure();
    for (let i = 0; i < MEASURES.length; i++) {
      const statistic = this.statistics[i]!;
      if (!Number.isNaN(statistic)) evidence[i] = this.#tails[i]!.evidence(statistic);
    }
  }

  /** Takes what was looked at into its memory, with a weight of 1, or near 0 for a row that is in doubt. */
  learn(weight: number): void {
    for (let i = 0; i < MEASURES.length; i++) {
      const statistic = this.statistics[i]!;
      if (!Number.isNaN(statistic)) this.#tails[i]!.learn(statistic, weight);
    }
    if (weight > 0.5) this.#reference.learn(this.#raw);
    const scalars = this.#scalars;
    if (!Number.isNaN(this.statistics[0])) {
      this.#forecast.learn(this.#cleaned, weight);
      const rate = weight / Math.min(this.#recent.rows, 2000);
      scalars[USUAL_ENERGY] = scalars[USUAL_ENERGY]! + rate * (this.#energyNow - scalars[USUAL_ENERGY]!);
      scalars[USUAL_ROUGHNESS] = scalars[USUAL_ROUGHNESS]! + rate * (this.#roughnessNow - scalars[USUAL_ROUGHNESS]!);
      if (weight > 0.5) this.#novelty.learn(this.#recent);
    }
    if (this.#recent.rows >= scalars[NEXT_SEARCH]!) this.#findPeriod();
  }

  #cleaned = 0;
  #energyNow = 0;
  #roughnessNow = 0;

  #measure(): void {
    const { statistics } = this;
    const [scalars, recent, reference, forecast] = [this.#scalars, this.#recent, this.#reference, this.#forecast];
    const z = reference.scaled(this.#raw);
    // Beyond its usual reach a value counts no more: one outlier is not to be remembered by trailing means.
    const cut = Math.max(-reference.reach, Math.min(reference.reach, z));
    const period = scalars[PERIOD]!;
    const seasonal = period > 0 ? recent.back(period) : undefined;
    const seasonalNext = period > 0 ? recent.back(period + 1) : undefined;
    const error = forecast.error(z, seasonal ?? 0, seasonalNext ?? 0);
    const cutError = Math.max(-4, Math.min(4, error));
    // What goes into the forecast's own past is no further from the forecast than errors usually are.
    this.#cleaned = Math.abs(error) > 4 ? forecast.expected + cutError * (forecast.deviation + 1e-4) : z;
    let i = 0;
    statistics[i++] = Math.abs(z);
    statistics[i++] = Math.abs(error);
    statistics[i++] = Math.abs((scalars[BIAS] = scalars[BIAS]! + (cutError - scalars[BIAS]!) / 8));
    if (seasonal !== undefined) {
      const twice = recent.back(2 * period) ?? seasonal;
      const apart = cut - (seasonal + twice) / 2;
      statistics[i] = Math.abs((scalars[SEASON] = scalars[SEASON]! + (apart - scalars[SEASON]!) / 4));
    }
    i++;
    LEVEL_SPANS.forEach((span, at) => {
      const level = (this.#levels[at] = this.#levels[at]! + (cut - this.#levels[at]!) / span);
      statistics[i++] = Math.abs(level);
    });
    const step = cut - scalars[LAST]!;
    this.#energyNow = cutError * cutError;
    this.#roughnessNow = Math.min(step * step, 16 * (scalars[USUAL_ROUGHNESS]! + SILENCE));
    i = this.#spread(i, this.#energies, this.#energyNow, scalars[USUAL_ENERGY]!);
    i = this.#spread(i, this.#roughness, this.#roughnessNow, scalars[USUAL_ROUGHNESS]!);
    scalars[LAST] = cut;
    recent.add(cut);
    statistics[i] = this.#novelty.distance(recent);
  }

  /** Trailing means of squares, each as how far its logarithm is from the usual one: louder and quieter alike. */
  #spread(at: number, means: Float64Array, now: number, usual: number): number {
    for (let i = 0; i < SPREAD_SPANS.length; i++) {
      const mean = (means[i] = means[i]! + (now - means[i]!) / SPREAD_SPANS[i]!);
      const floor = SILENCE * usual + Number.MIN_VALUE;
      this.statistics[at + i] = Math.abs(Math.log((mean + floor) / (usual + floor)));
    }
    return at + SPREAD_SPANS.length;
  }

  #findPeriod(): void {
    const { rows } = this.#recent;
    this.#scalars[NEXT_SEARCH] = rows < 64 ? 64 : Math.ceil(Math.min(rows * 1.5, rows + Recent.longest));
    if (rows < 64) return;
    const period = periodOf(this.#recent.latest());
    const before = this.#scalars[PERIOD]!;
    const same = rows > 200 && Math.abs(period - before) <= 0.1 * before;
    if (same) return;
    this.#scalars[PERIOD] = period;
    this.#novelty.begin(period);
  }
}
