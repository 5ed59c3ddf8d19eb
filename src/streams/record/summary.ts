/**
 * The summary of one numeric field over a span of time: enough for mean, spread, extremes, slope and jitter, and the
 * summaries of two neighbouring spans merge into the summary of both. So a sliding window adds up its panes and never
 * walks its samples again. Kept in Float64Arrays, SUMMARY_SIZE numbers a field; times are seconds from a base that the
 * owner chooses.
 *
 * Means and second moments merge by the pairwise formulas of Chan, Golub & LeVeque, "Updating formulae and a pairwise
 * algorithm for computing sample variances" (1979), which keep the digits that differences of large sums lose.
 */
export const SUMMARY_SIZE = 12;

/** Number of samples. Where it is 0 the others say nothing. */
export const COUNT = 0;
export const MEAN = 1;
/** Sum of squared deviations from the mean. */
export const M2 = 2;
export const MIN = 3;
export const MAX = 4;
/** Mean time, s. */
export const TIME_MEAN = 5;
/** Sum of squared deviations of time from its mean, s². */
export const TIME_M2 = 6;
/** Sum of products of the deviations of time and value. */
export const CO_MOMENT = 7;
export const FIRST = 8;
export const LAST = 9;
/** Sum of absolute differences of neighbouring samples. */
export const STEP_ABS = 10;
/** Sum of squared differences of neighbouring samples. */
export const STEP_SQUARES = 11;

/** Takes a later sample into the summary at `at`. */
export function addSample(into: Float64Array, at: number, seconds: number, value: number): void {
  const count = into[at + COUNT]! + 1;
  into[at + COUNT] = count;
  if (count === 1) {
    into[at + MEAN] = into[at + MIN] = into[at + MAX] = into[at + FIRST] = into[at + LAST] = value;
    into[at + TIME_MEAN] = seconds;
    into[at + M2] = into[at + TIME_M2] = into[at + CO_MOMENT] = into[at + STEP_ABS] = into[at + STEP_SQUARES] = 0;
    return;
  }
  const valueGap = value - into[at + MEAN]!;
  const timeGap = seconds - into[at + TIME_MEAN]!;
  const mean = into[at + MEAN]! + valueGap / count;
  const timeMean = into[at + TIME_MEAN]! + timeGap / count;
  into[at + MEAN] = mean;
  into[at + TIME_MEAN] = timeMean;
  into[at + M2]! += valueGap * (value - mean);
  into[at + TIME_M2]! += timeGap * (seconds - timeMean);
  into[at + CO_MOMENT]! += timeGap * (value - mean);
  if (value < into[at + MIN]!) into[at + MIN] = value;
  if (value > into[at + MAX]!) into[at + MAX] = value;
  const step = value - into[at + LAST]!;
  into[at + STEP_ABS]! += step < 0 ? -step : step;
  into[at + STEP_SQUARES]! += step * step;
  into[at + LAST] = value;
}

/** Adds the summary of a later span to the one at `at`. */
export function mergeSummary(into: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  const added = from[fromAt + COUNT]!;
  if (added === 0) return;
  const before = into[at + COUNT]!;
  if (before === 0) {
    for (let i = 0; i < SUMMARY_SIZE; i++) into[at + i] = from[fromAt + i]!;
    return;
  }
  const count = before + added;
  const valueGap = from[fromAt + MEAN]! - into[at + MEAN]!;
  const timeGap = from[fromAt + TIME_MEAN]! - into[at + TIME_MEAN]!;
  const weight = (before * added) / count;
  into[at + COUNT] = count;
  into[at + MEAN]! += (valueGap * added) / count;
  into[at + TIME_MEAN]! += (timeGap * added) / count;
  into[at + M2]! += from[fromAt + M2]! + valueGap * valueGap * weight;
  into[at + TIME_M2]! += from[fromAt + TIME_M2]! + timeGap * timeGap * weight;
  into[at + CO_MOMENT]! += from[fromAt + CO_MOMENT]! + timeGap * valueGap * weight;
  if (from[fromAt + MIN]! < into[at + MIN]!) into[at + MIN] = from[fromAt + MIN]!;
  if (from[fromAt + MAX]! > into[at + MAX]!) into[at + MAX] = from[fromAt + MAX]!;
  const step = from[fromAt + FIRST]! - into[at + LAST]!;
  into[at + STEP_ABS]! += (step < 0 ? -step : step) + from[fromAt + STEP_ABS]!;
  into[at + STEP_SQUARES]! += step * step + from[fromAt + STEP_SQUARES]!;
  into[at + LAST] = from[fromAt + LAST]!;
}
