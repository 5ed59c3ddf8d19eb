import type { Calibration } from "./card.js";

/** The shares of healthy windows at which the error is noted. The last one is where the tail begins. */
const SHARES = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];

/**
 * The distribution of the errors of healthy windows: knots up to the 99th percentile, and an exponential tail beyond it
 * with the mean excess of what lies there (the limit that excesses over a high threshold tend to; Pickands 1975, with
 * shape 0). At least one error.
 */
export function calibrate(errors: Float64Array): Calibration {
  const sorted = errors.toSorted();
  const knots: [number, number][] = [];
  for (const share of SHARES) {
    const error = quantile(sorted, share);
    // Equal errors make one knot, with the largest share.
    if (knots.length > 1 && error <= knots.at(-1)![0]) knots.pop();
    knots.push([error, share]);
  }
  const [start] = knots.at(-1)!;
  let excess = 0;
  let beyond = 0;
  for (const error of sorted) {
    if (error <= start) continue;
    excess += error - start;
    beyond++;
  }
  const spread = start - knots[0]![0];
  const tail = beyond > 0 ? excess / beyond : spread > 0 ? spread / 10 : Math.max(1e-6, start / 10);
  return { knots, tail };
}

/**
 * From error to score: the share of healthy windows whose error is smaller. So 0.5 is typical, and 0.999 is as odd as one
 * healthy window in a thousand. Rises with the error everywhere above the smallest one known, and stays in [0, 1].
 */
export function scoreOf(error: number, { knots, tail }: Calibration): number {
  const last = knots.length - 1;
  const [end, share] = knots[last]!;
  if (error >= end) return 1 - (1 - share) * Math.exp(-(error - end) / tail);
  if (!(error > knots[0]![0])) return Number.isNaN(error) ? NaN : knots[0]![1];
  let above = 1;
  while (knots[above]![0] <= error) above++;
  const [left, low] = knots[above - 1]!;
  const [right, high] = knots[above]!;
  return low + ((high - low) * (error - left)) / (right - left);
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}
