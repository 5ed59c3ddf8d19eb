/** Something at a time, ms since the epoch. */
export interface Timed {
  readonly eventTime: number;
}

/** The index of the first at or after a time, of a list in order of time. */
export function firstFrom(list: readonly Timed[], time: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.eventTime < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts one in its place, behind those of the same time. */
export function insertInTime<T extends Timed>(list: T[], one: T): void {
  let at = list.length;
  while (at > 0 && list[at - 1]!.eventTime > one.eventTime) at--;
  list.splice(at, 0, one);
}

export interface Search {
  /** ms */
  readonly within: number;
  readonly match: "latest" | "nearest";
}

/**
 * The partner of a time, null where there is none, undefined where one that is still to come may be better. Everything
 * before `seen` has come. Of several at one time the first is taken, of two equally near the earlier: so those that come
 * later at a time that was seen change nothing.
 */
export function partnerOf<T extends Timed>(
  list: readonly T[],
  time: number,
  seen: number,
  { within, match }: Search,
): T | null | undefined {
  const next = firstFrom(list, time);
  const after = list[next];
  if (after?.eventTime === time) return after;
  const before = next > 0 ? list[firstFrom(list, list[next - 1]!.eventTime)]! : undefined;
  const back = before ? time - before.eventTime : Infinity;
  if (match === "latest") {
    if (!(seen > time)) return undefined;
    return back <= within ? before! : null;
  }
  const ahead = after ? after.eventTime - time : Infinity;
  const reach = Math.min(back, ahead);
  const known = seen > time + within || (reach <= within && seen >= time + reach);
  if (!known) return undefined;
  if (reach > within) return null;
  return back <= ahead ? before! : after!;
}
