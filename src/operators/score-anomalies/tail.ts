import type { Memory } from "./memory.js";

/** Makes evidence, -ln p, of a statistic (0 or more). */
export interface Calibration {
  /** 0 while too little is known. */
  evidence(value: number): number;
  /** Counts a value as part of the past. `weight` is 1, or less for one that is in doubt. */
  learn(value: number, weight: number): void;
  /** Starts over: what the statistic means has changed. */
  forget(): void;
}

/**
 * `remembered`: how many rows it remembers; older ones fade. `span`: how many rows one value goes on, for a trailing mean
 * the rows that it covers: so many neighbours say no more than one.
 */
export type Calibrate = (memory: Memory, remembered: number, span: number) => Calibration;

export const tailOf: Calibrate = (memory, remembered, span) => new Tail(memory, remembered, span);

/** Four bins an octave, from 2^-8 to 2^12: a statistic below is as good as none, one above as large as any. */
const BINS = 80;
const PER_OCTAVE = 4;
const LOWEST_OCTAVE = -8;
/** The tail that is fitted: the largest twentieth of what was seen. */
const TAIL_SHARE = 0.05;
const FEWEST = 8;
/** What is rarer than this (-ln p, p = 0.0025) counts for less in the past: one outlier must not hide the next. */
const RARE = 6;
export const RARE_WEIGHT = 0.25;

/** After so many rows, and each time there are twice as many, what was first fades: much of it was seen on a wrong scale. */
const YOUNG = 32;
const YOUNG_FADING = 0.5;

const [TOTAL, UNFITTED, THRESHOLD, THRESHOLD_EVIDENCE, SHAPE, SCALE, SEEN, NEXT_FADING] = [
  0, 1, 2, 3, 4, 5, 6, 7,
] as const;

/**
 * Turns a statistic (0 or more, of any unit) into evidence -ln p, where p is the share of its own past that was as large.
 * Statistics of different kinds so speak in one currency, and a noisy one mutes itself.
 *
 * The past is a histogram with logarithmic bins. Within it p is the empirical share; above its 95 % quantile a generalised
 * Pareto distribution goes on where nothing was seen yet, as in SPOT (Siffer et al., "Anomaly detection in streams with
 * extreme value theory", KDD 2017), fitted by moments (Hosking & Wallis, Technometrics 29, 1987).
 */
class Tail implements Calibration {
  readonly #counts: Float64Array;
  /** -ln p at the lower edge of each bin. */
  readonly #evidence: Float64Array;
  readonly #fit: Float64Array;

  constructor(
    memory: Memory,
    readonly remembered: number,
    readonly span: number,
  ) {
    this.#counts = memory.take(BINS);
    this.#evidence = memory.take(BINS + 1);
    this.#fit = memory.take(8);
  }

  evidence(value: number): number {
    const fit = this.#fit;
    if (fit[TOTAL]! < FEWEST) return 0;
    if (value > fit[THRESHOLD]!) {
      const shape = fit[SHAPE]!;
      return fit[THRESHOLD_EVIDENCE]! + Math.log1p((shape * (value - fit[THRESHOLD]!)) / fit[SCALE]!) / shape;
    }
    const place = placeOf(value);
    const bin = Math.min(Math.floor(place), BINS - 1);
    const below = this.#evidence[bin]!;
    return Math.min(below + (this.#evidence[bin + 1]! - below) * (place - bin), fit[THRESHOLD_EVIDENCE]!);
  }

  learn(value: number, given: number): void {
    const weight = this.evidence(value) > RARE ? given * RARE_WEIGHT : given;
    const counts = this.#counts;
    const fit = this.#fit;
    const bin = Math.min(Math.floor(placeOf(value)), BINS - 1);
    counts[bin] = counts[bin]! + weight;
    fit[TOTAL] = fit[TOTAL]! + weight;
    const seen = (fit[SEEN] = fit[SEEN]! + weight);
    if (seen >= fit[NEXT_FADING]!) {
      if (fit[NEXT_FADING]! > 0) this.#fade(seen < this.remembered ? YOUNG_FADING : 0.5);
      fit[NEXT_FADING] = Math.min(Math.max(2 * seen, YOUNG), seen + this.remembered);
    }
    fit[UNFITTED] = fit[UNFITTED]! + 1;
    if (fit[UNFITTED] >= Math.min(64, Math.max(1, fit[TOTAL] / 8))) this.#refit();
  }

  forget(): void {
    this.#counts.fill(0);
    this.#fit.fill(0);
  }

  #fade(part: number): void {
    for (let i = 0; i < BINS; i++) this.#counts[i] = this.#counts[i]! * part;
    this.#fit[TOTAL] = this.#fit[TOTAL]! * part;
  }

  #refit(): void {
    const counts = this.#counts;
    const fit = this.#fit;
    fit[UNFITTED] = 0;
    const independent = fit[TOTAL]! / this.span;
    // With few values the tail begins lower, at the largest two.
    const share = Math.max(TAIL_SHARE, 2 / (independent + 2));
    let above = 0;
    let tail = BINS;
    for (let i = BINS - 1; i >= 0; i--) {
      this.#evidence[i + 1] = -Math.log((above + this.span / 2) / (fit[TOTAL]! + this.span));
      if (above < share * fit[TOTAL]!) tail = i + 1;
      above += counts[i]!;
    }
    this.#evidence[0] = 0;
    const threshold = edge(tail);
    let weight = 0;
    let sum = 0;
    let squares = 0;
    for (let i = tail; i < BINS; i++) {
      const excess = edge(i + 0.5) - threshold;
      weight += counts[i]!;
      sum += counts[i]! * excess;
      squares += counts[i]! * excess * excess;
    }
    const lowest = threshold * 0.05;
    const mean = weight > 0 ? Math.max(sum / weight, lowest) : lowest;
    const variance = weight > 0 ? Math.max(squares / weight - mean * mean, mean * mean * 0.1) : mean * mean;
    const ratio = (mean * mean) / variance;
    // A tail that ends, or one fitted to a few values, is not believed: the shape is never below that of little knowledge.
    fit[SHAPE] = Math.min(0.6, Math.max(0, (1 - ratio) / 2)) + 0.02 + 3 / (10 + independent);
    fit[SCALE] = Math.max(lowest, ratio < 1 ? (mean * (ratio + 1)) / 2 : mean);
    fit[THRESHOLD] = threshold;
    fit[THRESHOLD_EVIDENCE] = this.#evidence[tail]!;
  }
}

/** Where a value lies among the bins, fraction kept; 0 for what is below all. */
function placeOf(value: number): number {
  const place = (Math.log2(value) - LOWEST_OCTAVE) * PER_OCTAVE;
  return place > 0 ? Math.min(place, BINS) : 0;
}

function edge(bin: number): number {
  return 2 ** (bin / PER_OCTAVE + LOWEST_OCTAVE);
}
