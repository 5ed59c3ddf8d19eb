/** A period must explain at least so much of what varies. */
const WEAKEST = 0.3;
const SHORTEST = 4;

/**
 * The number of rows after which a series repeats itself; 0 where it does not. The first peak of the autocorrelation that
 * is nearly as high as the highest one behind its first zero, up to half the length. Its trend is taken out before.
 */
export function periodOf(values: Float64Array): number {
  const count = values.length;
  const longest = Math.floor(count / 2.2);
  const detrended = withoutTrend(values);
  const correlation = new Float64Array(longest + 1);
  for (let lag = 0; lag <= longest; lag++) {
    let sum = 0;
    for (let i = lag; i < count; i++) sum += detrended[i]! * detrended[i - lag]!;
    correlation[lag] = sum / (count - lag);
  }
  const power = correlation[0]!;
  if (!(power > 0)) return 0;
  let from = 1;
  while (from <= longest && correlation[from]! > 0) from++;
  let highest = 0;
  for (let lag = Math.max(from, SHORTEST); lag < longest; lag++) highest = Math.max(highest, correlation[lag]!);
  if (highest < WEAKEST * power) return 0;
  for (let lag = Math.max(from, SHORTEST); lag < longest; lag++) {
    const here = correlation[lag]!;
    if (here >= 0.9 * highest && here >= correlation[lag - 1]! && here >= correlation[lag + 1]!) return lag;
  }
  return 0;
}

function withoutTrend(values: Float64Array): Float64Array {
  const count = values.length;
  const middle = (count - 1) / 2;
  let mean = 0;
  for (const value of values) mean += value / count;
  let slope = 0;
  let spread = 0;
  for (let i = 0; i < count; i++) {
    slope += (i - middle) * values[i]!;
    spread += (i - middle) ** 2;
  }
  slope /= spread || 1;
  return values.map((value, i) => value - mean - slope * (i - middle));
}
