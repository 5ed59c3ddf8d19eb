import { join } from "node:path";
import { openEmbeddedStream } from "../streams/journal/embedded/open.js";
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

/** What lets a run go on where the last one ended: its journal and its checkpoints, in STATE_DIR. */
export function persistenceOf({ settings, log }: Session, reset?: "begin" | "end"): Persistence {
  const keep = { ms: settings.JOURNAL_KEEP_DAYS * DAY, bytes: settings.JOURNAL_KEEP_GIB * GIB };
  return {
    journal: (name, as, partitions) =>
      openEmbeddedStream({ folder: journalFolder(settings), name, as, partitions, keep, log, clock: systemClock }),
    checkpoints: join(settings.STATE_DIR, "checkpoints"),
    spools: join(settings.STATE_DIR, "spool"),
    interval: CHECKPOINT_EVERY,
    ...(reset && { reset }),
  };
}
