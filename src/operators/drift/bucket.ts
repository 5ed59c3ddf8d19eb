import type { Position } from "../../streams/record/record.js";

/** A number of samples in a row. Never changed once made. */
export interface Bucket {
  readonly count: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly m2: number;
  readonly min: number;
  readonly max: number;
  /** Event time of the first and the last, ms since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly from: Position;
}

/** So many buckets, at least one, as one. */
export function mergedAll(buckets: readonly Bucket[]): Bucket {
  return buckets.reduce(merged);
}

/** Two buckets as one. Means and squares merge by the formulas of Chan, Golub & LeVeque (1979). */
export function merged(a: Bucket, b: Bucket): Bucket {
  const count = a.count + b.count;
  const gap = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (gap * b.count) / count,
    m2: a.m2 + b.m2 + (gap * gap * a.count * b.count) / count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    start: a.start,
    end: b.end,
    from: a.from,
  };
}
