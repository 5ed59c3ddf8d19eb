import type { Offsets } from "../journal.js";
import type { Segment } from "./segment.js";

/** How much of a stream is kept. Whole segments go, the oldest first, and never the one that is written to. */
export interface Keep {
  /** No segment whose last append is younger than this goes because of its age, ms. */
  readonly ms: number;
  /** Beyond so many bytes the oldest segments go, even where a group has yet to read them. */
  readonly bytes: number;
}

export const KEEP: Keep = { ms: 7 * 24 * 3_600_000, bytes: 10 * 1024 ** 3 };

/** Whether a group has yet to be done with something in the oldest segment. */
export function isNeeded(segments: readonly Segment[], groups: ReadonlyMap<string, Offsets>): boolean {
  const end = segments[1]?.header?.first;
  // Without the header of the next one nobody knows where it ends.
  if (!end) return groups.size > 0;
  return [...groups.values()].some((offsets) => offsets.some((offset, partition) => offset < end[partition]!));
}

/** Why the oldest segment is to go: old, or beyond the bytes although a group needs it; undefined where it stays. */
export function verdictOn(
  segments: readonly Segment[],
  groups: ReadonlyMap<string, Offsets>,
  keep: Keep,
  now: number,
): "done with" | "forced" | undefined {
  if (segments.length < 2) return undefined;
  const needed = isNeeded(segments, groups);
  if (segments.reduce((sum, { size }) => sum + size, 0) > keep.bytes) return needed ? "forced" : "done with";
  // What came last in a segment came before the next began.
  const ended = segments[1]!.header?.created;
  return ended !== undefined && ended < now - keep.ms && !needed ? "done with" : undefined;
}
