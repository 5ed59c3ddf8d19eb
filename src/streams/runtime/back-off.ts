import { randomInt } from "node:crypto";

const FIRST = 100;

/**
 * How long to wait before the next attempt, ms: doubled each time up to a limit, and spread over its upper half, so that
 * a farm that lost its broker does not come back in one instant.
 * @param attempt 0 after the first failure
 */
export function backOff(attempt: number, longest: number): number {
  const full = Math.min(longest, FIRST * 2 ** Math.min(attempt, 30));
  return randomInt(Math.ceil(full / 2), full + 1);
}
