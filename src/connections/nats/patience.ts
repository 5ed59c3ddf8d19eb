import { JetStreamApiError } from "@nats-io/jetstream";
import { ConfigError, DisconnectedError, messageOf } from "../../streams/component/errors.js";
import type { Clock } from "../../streams/time/clock.js";
import { pauseBefore } from "../back-off.js";
import type { Nats } from "./open.js";

/** With what an answer may take and the pauses between, a good half minute: a server is started anew in that time. */
const ATTEMPTS = 8;
const LONGEST_PAUSE = 5_000;
/** The servers of a cluster are not agreed on who leads, or there is no room for the moment. */
const UNAVAILABLE = 503;

export interface Patience {
  readonly nats: Nats;
  readonly clock: Clock;
  /** A number in [0, 1), for the pauses between attempts. */
  readonly random: () => number;
}

/**
 * Asks until there is an answer, be it a refusal. Throws that, and DisconnectedError where no answer came for long.
 *
 * @param ask may be called again while an answer to it is still on its way
 */
export async function answered<T>({ nats, clock, random }: Patience, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (cause) {
      if (isRefusal(cause) || nats.connection.isClosed()) throw cause;
      if (attempt + 1 === ATTEMPTS) {
        throw new DisconnectedError(`nats-server at ${nats.address} does not answer: ${messageOf(cause)}`, { cause });
      }
    }
    await clock.sleep(pauseBefore(attempt, random, LONGEST_PAUSE));
  }
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof ConfigError || (cause instanceof JetStreamApiError && cause.status !== UNAVAILABLE);
}
