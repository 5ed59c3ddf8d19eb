import type { Nats } from "../../connections/nats/open.js";
import type { Retention } from "../../connections/nats/stream.js";
import type { ResourceKey } from "../../streams/component/context.js";
import type { Clock } from "../../streams/time/clock.js";
import type { DeadLetterJournal } from "../dead-letters/journal.js";
import { random } from "../nats.js";
import { keptFor } from "../persistence.js";
import type { Session } from "../session.js";

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
  /** Told of what ends it all. */
  readonly fail: (cause: unknown) => void;
}

/** What the streams on the server keep, by the same settings as a journal of our own. */
export function retentionOf({ settings }: Session): Retention {
  const { ms: maxAge, bytes: maxBytes } = keptFor(settings);
  return { maxAge, maxBytes, replicas: settings.NATS_REPLICAS };
}

/** What everything that speaks to the server is given. */
export function surroundingsOf({ session, clock }: Pick<Instance, "session" | "clock">) {
  return { log: session.log, clock, random };
}
