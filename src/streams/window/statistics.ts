import { CO_MOMENT, COUNT, FIRST, LAST, M2, MAX, MEAN, MIN } from "../record/summary.js";
import { STEP_ABS, STEP_SQUARES, TIME_M2 } from "../record/summary.js";

export const STATISTICS = [
  "count",
  "mean",
  "std",
  "min",
  "max",
  "range",
  "sum",
  "first",
  "last",
  "slope",
  "jitter",
  "step",
] as const;
export type Statistic = (typeof STATISTICS)[number];

/**
 * What can be said of the samples of a field from its summary at `at`; in the field's unit unless stated. Where nothing
 * was measured the count is 0 and all else NaN.
 */
export function statistic(name: Statistic, summaries: Float64Array, at: number): number {
  const count = summaries[at + COUNT]!;
  if (name === "count") return count;
  if (count === 0) return NaN;
  switch (name) {
    case "mean":
      return summaries[at + MEAN]!;
    // Of the samples themselves (divided by n, not n - 1), so it is known of a single one: 0.
    case "std":
      return Math.sqrt(summaries[at + M2]! / count);
    case "min":
      return summaries[at + MIN]!;
    case "max":
      return summaries[at + MAX]!;
    case "range":
      return summaries[at + MAX]! - summaries[at + MIN]!;
    case "sum":
      return summaries[at + MEAN]! * count;
    case "first":
      return summaries[at + FIRST]!;
    case "last":
      return summaries[at + LAST]!;
    // Of the least-squares line through the samples, per second. 0 where they have one time.
    case "slope":
      return perAny(summaries[at + CO_MOMENT]!, summaries[at + TIME_M2]!);
    // Root mean square of the differences between neighbours: how restless the field is, whatever its trend. The square
    // root of von Neumann, Kent, Bellinson & Hart, "The mean square successive difference" (1941). 0 for one sample.
    case "jitter":
      return Math.sqrt(perAny(summaries[at + STEP_SQUARES]!, count - 1));
    // Mean absolute difference between neighbours: like jitter, less moved by a single leap.
    case "step":
      return perAny(summaries[at + STEP_ABS]!, count - 1);
  }
}

function perAny(sum: number, divisor: number): number {
  return divisor > 0 ? sum / divisor : 0;
}
