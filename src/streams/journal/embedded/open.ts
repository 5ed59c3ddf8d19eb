import { ftruncateSync, closeSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../component/context.js";
import { ConfigError } from "../../component/errors.js";
import { makeFolder } from "../../component/folder.js";
import type { Clock } from "../../time/clock.js";
import { Groups } from "./groups.js";
import { Keys } from "./keys.js";
import { lock } from "./lock.js";
import { KEEP, type Keep } from "./retention.js";
import { listSegments, type Segment } from "./segment.js";
import { EmbeddedStream } from "./stream.js";
import { findEnd, offsetsAt } from "./walk.js";
import { Writer } from "./writer.js";

export interface EmbeddedOptions {
  /** The folder of all streams; each has its own below. */
  readonly folder: string;
  readonly name: string;
  /** What the positions of its elements call the stream. Default: the name. */
  readonly as?: string;
  readonly partitions: number;
  readonly log: Log;
  readonly clock: Clock;
  /** A segment that has reached so many bytes is closed. Default: 64 MiB. */
  readonly segmentBytes?: number;
  /** Default: 7 days, 10 GiB. */
  readonly keep?: Partial<Keep>;
  /** Whoever asks or not: so many ms after an append all is brought to the disk. Default: 50. */
  readonly syncEvery?: number;
}

const SEGMENT = 64 * 1024 * 1024;
const SYNC_EVERY = 50;

/** Opens a stream to append and to read; makes it where there is none. Throws ConfigError. */
export async function openEmbeddedStream(options: EmbeddedOptions): Promise<EmbeddedStream> {
  const folder = streamFolder(options.folder, options.name);
  makeFolder(folder);
  const unlock = lock(folder);
  try {
    return await openLocked(folder, unlock, options);
  } catch (cause) {
    unlock();
    throw cause;
  }
}

async function openLocked(folder: string, unlock: () => void, options: EmbeddedOptions): Promise<EmbeddedStream> {
  const { name, as: stream = name, partitions, log, clock, segmentBytes = SEGMENT, syncEvery = SYNC_EVERY } = options;
  const keys = new Keys(partitions);
  const segments = await listSegments(folder);
  refuseOthers(segments, folder, partitions);
  let state = await findEnd(segments, keys, partitions);
  while (state.torn > 0 || state.segments.at(-1)?.size === 0) {
    cutOff(state.segments.at(-1)!, state.torn, log);
    state = await findEnd(await listSegments(folder), keys, partitions);
  }
  const groups = new Groups(folder, partitions);
  const lost = raise(state.ends, groups);
  if (lost > 0) {
    log.error("consumers have read further than the journal reaches: what was appended last is lost", { folder, lost });
  }
  const header = { format: 1, name, stream, partitions } as const;
  const keep = { ...KEEP, ...options.keep };
  const [oldest] = state.segments;
  if (oldest && !oldest.header) {
    const first = [...(await offsetsAt(state, 0, 0, keys))];
    state.segments[0] = { ...oldest, header: { ...header, created: 0, first } };
  }
  const writer = new Writer({ folder, log, clock, groups, segmentBytes, keep, syncEvery, header }, state.segments);
  writer.retain(clock.now());
  // The header of a new segment says where the offsets go on.
  if (lost > 0) writer.endSegment();
  return new EmbeddedStream({ name, stream, keys, writer, groups, state, unlock });
}

/**
 * After a power cut a log may end in front of what its consumers have read already. Those offsets are not given out again:
 * whoever goes on from a committed one would take the new records for old. Returns how many are missing.
 */
export function raise(ends: Float64Array, groups: Groups): number {
  let missing = 0;
  for (const offsets of groups.all().values()) {
    offsets.forEach((offset, partition) => {
      missing += Math.max(0, offset - ends[partition]!);
      ends[partition] = Math.max(offset, ends[partition]!);
    });
  }
  return missing;
}

/** Where a stream of this name is kept. */
export function streamFolder(folder: string, name: string): string {
  return join(folder, encodeURIComponent(name).replace(/^\./, "%2E"));
}

/** What was being written when the process or the machine ended is no whole frame, and was never said to be kept. */
function cutOff({ path, size }: Segment, bytes: number, log: Log): void {
  log.warn("the end of the journal was torn and is cut off", { segment: path, at: size, bytes });
  if (size === 0) {
    unlinkSync(path);
    return;
  }
  const file = openSync(path, "r+");
  try {
    ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
}

function refuseOthers(segments: readonly Segment[], folder: string, partitions: number): void {
  for (const { header, path } of segments) {
    if (header && header.partitions !== partitions) {
      throw new ConfigError(
        `${path} has ${header.partitions} partitions, and ${partitions} are asked for: ` +
          `go back to ${header.partitions}, or move ${folder} away to begin anew`,
      );
    }
  }
}
