import { existsSync, readdirSync } from "node:fs";
import type { Offsets } from "../journal.js";
import type { RecordedStream } from "../recorded.js";
import { raise, streamFolder } from "./open.js";
import { Groups } from "./groups.js";
import { Keys } from "./keys.js";
import { lockedBy } from "./lock.js";
import { readChunks } from "./read.js";
import { listSegments } from "./segment.js";
import { findEnd, offsetsAt } from "./walk.js";

/** A stream as it stood when it was looked at; what is appended later is not in it. */
export interface StreamView extends RecordedStream {
  /** What the positions of its elements call the stream. */
  readonly stream: string;
  readonly segments: number;
  readonly bytes: number;
  /** When the first and the last that is kept arrived, ms since the epoch. */
  readonly oldest: number;
  readonly newest: number;
  readonly groups: ReadonlyMap<string, Offsets>;
  /** The process that writes to it. */
  readonly writer: number | undefined;
}

/** The names of the streams below a folder. */
export function streamNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [decodeURIComponent(entry.name)] : [])).sort();
}

/**
 * Looks at a stream and changes nothing, also while a run writes to it. Undefined where nothing was ever appended.
 *
 * @param folder the folder of all streams
 * @param as what the positions of its elements are to call the stream; by default what they called it when they were appended
 */
export async function viewEmbeddedStream(folder: string, name: string, as?: string): Promise<StreamView | undefined> {
  const own = streamFolder(folder, name);
  const listed = await listSegments(own);
  const header = listed.find((segment) => segment.header)?.header;
  if (!header) return undefined;
  const { partitions, stream: known } = header;
  const stream = as ?? known;
  const keys = new Keys(partitions);
  // An append that is under way looks like a torn end, and is left out in the same way.
  const state = await findEnd(listed, keys, partitions);
  const groups = new Groups(own, partitions);
  raise(state.ends, groups);
  const begins = await offsetsAt(state, 0, 0, keys);
  return {
    name,
    stream,
    partitions,
    segments: state.segments.length,
    bytes: state.segments.reduce((sum, { size }) => sum + size, 0),
    oldest: header.created,
    newest: state.arrived,
    groups: groups.all(),
    writer: lockedBy(own),
    begins: () => [...begins],
    ends: () => [...state.ends],
    committed: (group) => groups.get(group),
    read: (options, gap = () => undefined) => readChunks(state, { ...options, gap, stream, keys }),
  };
}
