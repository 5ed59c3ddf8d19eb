import { existsSync } from "node:fs";
import type { Log } from "../../streams/component/context.js";
import { openEmbeddedStream, streamFolder } from "../../streams/journal/embedded/open.js";
import { lockedBy } from "../../streams/journal/embedded/lock.js";
import type { JournalStream } from "../../streams/journal/journal.js";
import { systemClock } from "../../streams/time/clock.js";

/** Where dead letters are kept. Streams of sources are called PIPELINE.SOURCE. */
export const STREAM = "dead-letters";
const DAYS = 24 * 3_600_000;
const MIB = 1024 ** 2;
const KEEP = { ms: 30 * DAYS, bytes: 256 * MIB };
/** Sixteen of them are kept at most, so little goes at once. */
const SEGMENT = 16 * MIB;

/** Opens the stream of dead letters to append. Throws ConfigError. @param folder that of the journal */
export function openDeadLetterStream(folder: string, log: Log): Promise<JournalStream> {
  return openEmbeddedStream({
    folder,
    name: STREAM,
    partitions: 1,
    log,
    clock: systemClock,
    keep: KEEP,
    segmentBytes: SEGMENT,
  });
}

/** The run that puts dead letters aside at this moment: its process id. */
export function runningOn(folder: string): number | undefined {
  const own = streamFolder(folder, STREAM);
  return existsSync(own) ? lockedBy(own) : undefined;
}
