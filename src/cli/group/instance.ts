import { randomInt } from "node:crypto";
import type { Nats } from "../../connections/nats/open.js";
import type { Retention } from "../../connections/nats/stream.js";
import type { ResourceKey } from "../../streams/component/context.js";
import type { Clock } from "../../streams/time/clock.js";
import type { DeadLetterJournal } from "../dead-letters/journal.js";
import type { Session } from "../session.js";

const DAY = 24 * 3_600_000;
const GIB = 1024 ** 3;

/** What all parts of one instance of a group work with. */
export interface Instance {
  readonly session: Session;
  readonly nats: Nats;
  readonly resources: ReadonlyMap<ResourceKey<unknown>, unknown>;
  readonly letterBox: DeadLetterJournal | undefined;
  /** Its name, for as long as STATE_DIR lives. */
  readonly name: string;
  /** Names this process. */
  readonly member: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told of what ends it all. */
  readonly fail: (cause: unknown) => void;
}

/** A number in [0, 1). */
export function random(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}

/** What the streams on the server keep, by the same settings as a journal of our own. */
export function retentionOf({ settings }: Session): Retention {
  return {
    maxAge: settings.JOURNAL_KEEP_DAYS * DAY,
    maxBytes: Math.floor(settings.JOURNAL_KEEP_GIB * GIB),
    replicas: settings.NATS_REPLICAS,
  };
}

/** What everything that speaks to the server is given. */
export function surroundingsOf({ session, clock }: Pick<Instance, "session" | "clock">) {
  return { log: session.log, clock, random };
}
