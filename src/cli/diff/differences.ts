import type { Episode, Outcome, Told } from "./outcome.js";

/** What is in one outcome and not, or not so, in the other. Absent on a side: it is not there at all. */
export interface Difference<T> {
  readonly a?: T;
  readonly b?: T;
}

export interface Differences {
  readonly episodes: readonly Difference<Episode>[];
  readonly adjustments: readonly Difference<Told>[];
  /** How much is the same in both. */
  readonly same: { readonly episodes: number; readonly adjustments: number };
}

/**
 * Compares what two pipelines made of the same recording. Episodes of the same rule and printer that overlap are the same
 * episode, with other bounds maybe; adjustments are the same where time, printer, sink and command are.
 */
export function differences(a: Outcome, b: Outcome): Differences {
  const episodes = pair(a.episodes, b.episodes, overlap);
  const adjustments = pair(a.adjustments, b.adjustments, sameTold);
  const other = episodes.filter(({ a, b }) => !a || !b || a.start !== b.start || a.end !== b.end);
  const otherTold = adjustments.filter(({ a, b }) => !a || !b);
  return {
    episodes: other,
    adjustments: otherTold,
    same: { episodes: episodes.length - other.length, adjustments: adjustments.length - otherTold.length },
  };
}

/** Each of `a` with the first of `b` that matches and is not taken, then what is left of `b`; in the order of time. */
function pair<T extends Episode | Told>(
  a: readonly T[],
  b: readonly T[],
  matches: (a: T, b: T) => boolean,
): Difference<T>[] {
  const left = new Map<string, T[]>();
  for (const other of b) {
    const others = left.get(other.printer);
    if (others) others.push(other);
    else left.set(other.printer, [other]);
  }
  const pairs = a.map((one): Difference<T> => {
    const others = left.get(one.printer) ?? [];
    const at = others.findIndex((other) => matches(one, other));
    return at < 0 ? { a: one } : { a: one, b: others.splice(at, 1)[0]! };
  });
  for (const others of left.values()) pairs.push(...others.map((other) => ({ b: other })));
  return pairs.sort((x, y) => timeOfDifference(x) - timeOfDifference(y));
}

/** Event time at which the two began to differ or the earlier one began, ms since the epoch. */
export function timeOfDifference({ a, b }: Difference<Episode | Told>): number {
  return Math.min(...[a, b].flatMap((one) => (one ? ["start" in one ? one.start : one.time] : [])));
}

function overlap(a: Episode, b: Episode): boolean {
  return a.rule === b.rule && a.start <= (b.end ?? Infinity) && b.start <= (a.end ?? Infinity);
}

function sameTold(a: Told, b: Told): boolean {
  return a.node === b.node && a.time === b.time && JSON.stringify(a.command) === JSON.stringify(b.command);
}
