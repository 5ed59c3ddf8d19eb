/** Line protocol keeps times in 64 bits of nanoseconds: from 1677 to 2262. */
const LIMIT_MS = 9_223_372_036_854;

/** True for a time in ms since the epoch that a database can hold. */
export function fitsNanoseconds(ms: number): boolean {
  return Math.abs(ms) <= LIMIT_MS;
}

/**
 * A time in ms, fractions kept, as a whole number of nanoseconds, exactly: today's nanoseconds are beyond 2^53, so a
 * multiplication would give another time, and the same reading twice must be the same point.
 */
export function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  const rest = Math.round((ms - whole) * 1e6);
  // The digits side by side are the sum, as long as nothing is carried or borrowed. Otherwise count properly.
  if (whole > 0 && rest < 1e6) return rest === 0 ? `${whole}000000` : `${whole}${String(rest).padStart(6, "0")}`;
  return String(BigInt(whole) * 1_000_000n + BigInt(rest));
}
