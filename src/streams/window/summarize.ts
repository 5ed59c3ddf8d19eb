import { CO_MOMENT, COUNT, FIRST, LAST, M2, MAX, MEAN, MIN } from "../record/summary.js";
import { STEP_ABS, STEP_SQUARES, TIME_M2, TIME_MEAN } from "../record/summary.js";

/** Rows begin with the event time, ms since the epoch. */
const TIME = 0;

/**
 * Summarises one column of the rows that lie between two indexes of `data`, times in seconds from `base`; NaN was not
 * measured. For many samples at once two passes, first the means and then what lies around them, are faster than taking
 * the samples in one by one, and as exact: the sums are of distances from the first sample, so a field that never changes
 * has a deviation of exactly 0.
 */
export function summarizeColumn(
  data: Float64Array,
  width: number,
  column: number,
  begin: number,
  end: number,
  base: number,
  into: Float64Array,
  at: number,
): void {
  let start = begin;
  while (start < end && Number.isNaN(data[start + column]!)) start += width;
  into[at + COUNT] = 0;
  if (start >= end) return;

  const first = data[start + column]!;
  const firstTime = data[start + TIME]!;
  let count = 0;
  let sum = 0;
  let timeSum = 0;
  let steps = 0;
  let squares = 0;
  let min = first;
  let max = first;
  let last = first;
  for (let row = start; row < end; row += width) {
    const value = data[row + column]!;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value - first;
    timeSum += data[row + TIME]! - firstTime;
    if (value < min) min = value;
    if (value > max) max = value;
    const step = value - last;
    steps += step < 0 ? -step : step;
    squares += step * step;
    last = value;
  }
  const mean = first + sum / count;
  const timeMean = firstTime + timeSum / count;
  let m2 = 0;
  let timeM2 = 0;
  let coMoment = 0;
  for (let row = start; row < end; row += width) {
    const value = data[row + column]!;
    if (Number.isNaN(value)) continue;
    const gap = value - mean;
    const timeGap = data[row + TIME]! - timeMean;
    m2 += gap * gap;
    timeM2 += timeGap * timeGap;
    coMoment += gap * timeGap;
  }
  into[at + COUNT] = count;
  into[at + MEAN] = mean;
  into[at + M2] = m2;
  into[at + MIN] = min;
  into[at + MAX] = max;
  into[at + TIME_MEAN] = (timeMean - base) / 1000;
  into[at + TIME_M2] = timeM2 / 1e6;
  into[at + CO_MOMENT] = coMoment / 1000;
  into[at + FIRST] = first;
  into[at + LAST] = last;
  into[at + STEP_ABS] = steps;
  into[at + STEP_SQUARES] = squares;
}
