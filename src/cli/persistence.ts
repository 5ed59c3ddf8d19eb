import { join } from "node:path";
import { openEmbeddedStream } from "../streams/journal/embedded/open.js";
import type { OpenStream } from "./workers/shared-journal.js";
import type { Persistence } from "../streams/runtime/checkpoint/take-up.js";
import { systemClock } from "../streams/time/clock.js";
import type { Settings } from "../settings.js";
import type { Session } from "./session.js";

/** After a crash at most so many ms of readings are worked through again. */
export const CHECKPOINT_EVERY = 10_000;

const DAY = 24 * 3_600_000;
const GIB = 1024 ** 3;

/** Where the journal is. */
export function journalFolder({ STATE_DIR }: Pick<Settings, "STATE_DIR">): string {
  return join(STATE_DIR, "journal");
}

/** Holds a folder of checkpoints a pipeline. */
export function checkpointFolder({ STATE_DIR }: Pick<Settings, "STATE_DIR">): string {
  return join(STATE_DIR, "checkpoints");
}

/** How long a stream is kept, and how large it may grow. */
export function keptFor(settings: Pick<Settings, "JOURNAL_KEEP_DAYS" | "JOURNAL_KEEP_GIB">): {
  readonly ms: number;
  readonly bytes: number;
} {
  return { ms: settings.JOURNAL_KEEP_DAYS * DAY, bytes: Math.floor(settings.JOURNAL_KEEP_GIB * GIB) };
}

/** Where records wait for sinks whose other side is away. */
export function spoolsFolder({ STATE_DIR }: Pick<Settings, "STATE_DIR">): string {
  return join(STATE_DIR, "spool");
}

/** Opens a stream of the journal to append to it. */
export function streamOpener({ settings, log }: Session): OpenStream {
  const folder = journalFolder(settings);
  const keep = keptFor(settings);
  return (name, as, partitions) => openEmbeddedStream({ folder, name, as, partitions, keep, log, clock: systemClock });
}

/** What lets a run go on where the last one ended: its journal and its checkpoints, in STATE_DIR. */
export function persistenceOf(session: Session, reset?: "begin" | "end"): Persistence {
  const { settings } = session;
  return {
    journal: streamOpener(session),
    checkpoints: checkpointFolder(settings),
    spools: spoolsFolder(settings),
    interval: CHECKPOINT_EVERY,
    ...(reset && { reset }),
  };
}
