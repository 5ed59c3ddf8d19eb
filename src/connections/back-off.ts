/** ms */
const FIRST = 500;
const LONGEST = 30_000;
/** Never at once: a server that closes each connection must not be called in a tight loop. */
const SHORTEST = 50;

/**
 * How long to wait before the next attempt, ms: anything up to a bound that doubles each time ("full jitter"), so that a
 * farm that lost its server does not come back in one instant.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param attempt 0 after the first failure
 * @param random a number in [0, 1)
 * @param longest ms
 */
export function pauseBefore(attempt: number, random: () => number, longest = LONGEST): number {
  const bound = Math.min(longest, FIRST * 2 ** Math.min(attempt, 30));
  return Math.max(SHORTEST, Math.floor(random() * bound));
}
