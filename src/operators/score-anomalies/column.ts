import { Forecast } from "./forecast.js";
import type { Memory } from "./memory.js";
import { Novelty } from "./novelty.js";
import { periodOf } from "./period.js";
import { Recent } from "./recent.js";
import { Reference } from "./reference.js";
import { Template } from "./template.js";
import { type Calibrate, type Calibration, tailOf } from "./tail.js";

/** Rows that the trailing means of level and spread cover. */
const LEVEL_SPANS = [8, 32] as const;
const SPREAD_SPANS = [16, 64] as const;
/** One row's square counts for no more than this many usual ones: a spike is no spread. */
const LOUDEST = 4;
/** Rows after which spread is worth looking at. */
const EARLY = 40;
/** Energy below this part of the usual one is none: a flat line. */
const SILENCE = 1e-4;
const [SEASON, PHASE, USUAL_ENERGY, USUAL_ROUGHNESS, LAST, PERIOD, NEXT_SEARCH] = [0, 1, 2, 3, 4, 5, 6] as const;
const [LAST_RAW, STEP, STEPS] = [7, 8, 9] as const;
const SCALARS = 10;

/** What a column is looked at for. Each has a statistic, and its own past to compare it with. */
export const MEASURES = [
  "value",
  "error",
  "season",
  "phase",
  ...LEVEL_SPANS.map((span) => `level ${span}`),
  ...SPREAD_SPANS.map((span) => `energy ${span}`),
  ...SPREAD_SPANS.map((span) => `roughness ${span}`),
  "novelty",
] as const;
const SPANS = [1, 1, 4, 4, ...LEVEL_SPANS, ...SPREAD_SPANS, ...SPREAD_SPANS, 8];

/** Places of the measures that are over a few rows after an anomaly is. */
export const HASTY: readonly number[] = MEASURES.map((_, i) => i).filter((i) => SPANS[i]! <= 16);

export interface ColumnOptions {
  readonly horizon: number;
  readonly without?: ReadonlySet<string>;
  readonly calibrate?: Calibrate;
}

/** One column of one series: how odd each value is, by several measures, from it and those before it. */
export class Column {
  /** Statistics of the last row; NaN for one that says nothing yet. */
  readonly statistics = new Float64Array(MEASURES.length);
  readonly #reference: Reference;
  readonly #forecast: Forecast;
  readonly #recent: Recent;
  readonly #novelty: Novelty;
  readonly #template: Template;
  readonly #tails: readonly Calibration[];
  readonly #heeded: readonly boolean[];
  readonly #levels: Float64Array;
  readonly #energies: Float64Array;
  readonly #roughness: Float64Array;
  readonly #scalars: Float64Array;
  #raw = 0;

  constructor(memory: Memory, { horizon, without, calibrate = tailOf }: ColumnOptions) {
    this.#reference = new Reference(memory, horizon);
    this.#forecast = new Forecast(memory);
    this.#recent = new Recent(memory);
    this.#novelty = new Novelty(memory);
    this.#template = new Template(memory);
    this.#tails = SPANS.map((span) => calibrate(memory, horizon, span));
    this.#heeded = MEASURES.map((name) => !without?.has(name));
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
    if (this.#counts() || !this.#reference.known) return;
    this.#measure();
    for (let i = 0; i < MEASURES.length; i++) {
      const statistic = this.statistics[i]!;
      if (!Number.isNaN(statistic) && this.#heeded[i]!) evidence[i] = this.#tails[i]!.evidence(statistic);
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
      this.#template.learn(this.#recent.rows - 1, this.scaled, weight);
    }
    if (this.#recent.rows >= scalars[NEXT_SEARCH]!) this.#findPeriod();
  }

  /** True while every step of the column so far was the same: row numbers and times are no measurement. */
  #counts(): boolean {
    const scalars = this.#scalars;
    const step = this.#raw - scalars[LAST_RAW]!;
    scalars[LAST_RAW] = this.#raw;
    if (scalars[STEPS]! < 0) return false;
    if (scalars[STEPS] === 1) scalars[STEP] = step;
    const even = scalars[STEPS] === 0 || (step !== 0 && Math.abs(step - scalars[STEP]!) <= 1e-6 * Math.abs(step));
    scalars[STEPS] = even ? scalars[STEPS]! + 1 : -1;
    return even && scalars[STEPS] > 2;
  }

  /** What was odd is over: trailing means of many rows, still full of it, begin again from those of few. */
  settle(): void {
    for (const means of [this.#levels, this.#energies, this.#roughness]) means.fill(means[0]!);
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
    const cutError = Number.isNaN(error) ? 0 : Math.max(-4, Math.min(4, error));
    // What goes into the forecast's own past is no further from the forecast than errors usually are.
    this.#cleaned = Math.abs(error) > 4 ? forecast.expected + (cutError / 2) * (forecast.deviation + 1e-4) : z;
    let i = 0;
    statistics[i++] = Math.abs(z);
    statistics[i++] = Math.abs(error);
    if (seasonal !== undefined) {
      const twice = recent.back(2 * period) ?? seasonal;
      const apart = cut - (seasonal + twice) / 2;
      statistics[i] = Math.abs((scalars[SEASON] = scalars[SEASON]! + (apart - scalars[SEASON]!) / 4));
    }
    i++;
    const usual = this.#template.expected(recent.rows);
    if (usual !== undefined)
      statistics[i] = Math.abs((scalars[PHASE] = scalars[PHASE]! + (cut - usual - scalars[PHASE]!) / 4));
    i++;
    LEVEL_SPANS.forEach((span, at) => {
      const level = (this.#levels[at] = this.#levels[at]! + (cut - this.#levels[at]!) / span);
      statistics[i++] = Math.abs(level);
    });
    const step = cut - scalars[LAST]!;
    this.#energyNow = Math.min(cutError * cutError, LOUDEST);
    this.#roughnessNow = Math.min(step * step, LOUDEST * (scalars[USUAL_ROUGHNESS]! + SILENCE));
    i = this.#spread(i, this.#energies, this.#energyNow, scalars[USUAL_ENERGY]!);
    i = this.#spread(i, this.#roughness, this.#roughnessNow, scalars[USUAL_ROUGHNESS]!);
    scalars[LAST] = cut;
    recent.add(cut);
    statistics[i] = this.#novelty.distance(recent);
  }

  /** Trailing means of squares, each as how far its logarithm is from the usual one: louder and quieter alike. */
  #spread(at: number, means: Float64Array, now: number, usual: number): number {
    const known = this.#recent.rows > EARLY;
    for (let i = 0; i < SPREAD_SPANS.length; i++) {
      const mean = (means[i] = means[i]! + (now - means[i]!) / SPREAD_SPANS[i]!);
      const floor = SILENCE * (usual + SILENCE);
      if (known) this.statistics[at + i] = Math.abs(Math.log((mean + floor) / (usual + floor)));
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
    this.#template.begin(period);
    for (const name of ["season", "phase", "novelty"] as const) this.#tails[MEASURES.indexOf(name)]!.forget();
  }
}
