import { randomInt, randomUUID } from "node:crypto";
import type { Log } from "../../streams/component/context.js";
import { ConfigError } from "../../streams/component/errors.js";
import type { Clock } from "../../streams/time/clock.js";
import { type Login, parseAddress } from "./address.js";
import { Announcer, type BrokerState } from "./announcer.js";
import type { MqttBroker } from "./broker.js";
import type { BrokerSide } from "./link.js";
import { Publisher } from "./publisher.js";
import type { SessionMemory } from "./session-memory.js";
import { Subscriber } from "./subscriber.js";

export interface NetworkOptions extends Login {
  /** Client ids begin with it: `layerstream`. */
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the broker keeps our status: `online`, and `offline` once we leave or vanish. Absent: nowhere. */
  readonly announce?: string;
  /** The newest version of MQTT that it is asked for. Default: 5, and where that is refused 3.1.1, which is 4 on the wire. */
  readonly version?: 4 | 5;
  /** What our sessions are subscribed to. Without it, a filter that is taken out stays in its session. */
  readonly memory?: SessionMemory;
  /** A number in [0, 1): spreads the pauses between attempts. Default: a random one. */
  readonly random?: () => number;
}

/** A broker on the other side of a connection that may break. */
export interface NetworkBroker extends MqttBroker {
  /**
   * Resolves when the broker has let us in. Throws ConfigError where it refuses us, DisconnectedError with the reason
   * where it is not there within so many ms.
   */
  ready(timeoutMs: number): Promise<void>;
  /** Resolves when it is known whether the broker is there, or after so many ms. Throws ConfigError where it refuses us. */
  tried(timeoutMs: number): Promise<void>;
  /** Of all connections to this broker: `away` where any of them is lost. */
  state(): BrokerState;
}

/**
 * Connects to a broker and stays connected. Publishing has a connection of its own, and so has each session that is
 * subscribed with, because a persistent session belongs to one connection. Throws ConfigError where the address or a
 * certificate cannot be right; nothing is waited for.
 */
export function connectBroker(options: NetworkOptions): NetworkBroker {
  const { clientId, clock, log, announce, memory, random = () => randomInt(2 ** 32) / 2 ** 32 } = options;
  const address = parseAddress(options);
  const announcer = new Announcer(address.url, clock, log);
  const side: BrokerSide = { address, clock, log, announcer, memory, random, version: options.version ?? 5 };
  // Nothing is kept for it, so two processes need not agree on its name.
  const publisher = new Publisher(side, `${clientId}-publish-${randomUUID().slice(0, 8)}`, announce);
  const closed = new AbortController();
  const sessions = new Map<string, Subscriber>();
  return {
    address: address.url,
    async *subscribe(subscription, stop) {
      const { session } = subscription;
      if (sessions.has(session))
        throw new ConfigError(`two subscriptions use the MQTT session "${session}": give each a session of its own`);
      const subscriber = new Subscriber(side, subscription, `${clientId}-${session}`);
      sessions.set(session, subscriber);
      try {
        yield* subscriber.read(AbortSignal.any([stop, closed.signal]));
      } finally {
        sessions.delete(session);
      }
    },
    publish: (message) => publisher.publish(message),
    ready: (timeoutMs) => publisher.ready(timeoutMs),
    tried: (timeoutMs) => publisher.tried(timeoutMs),
    state: () => announcer.state,
    async close() {
      closed.abort();
      await Promise.all([publisher.close(), ...[...sessions.values()].map((subscriber) => subscriber.close())]);
    },
  };
}
