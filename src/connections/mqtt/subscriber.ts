import type { MqttClient } from "mqtt";
import type { IConnackPacket, IPublishPacket, ISubackPacket } from "mqtt-packet";
import { ConfigError } from "../../streams/component/errors.js";
import type { Cancel } from "../../streams/time/clock.js";
import type { Incoming, Qos, Subscription } from "./broker.js";
import { matches } from "./filters.js";
import { Inbox } from "./inbox.js";
import { type BrokerSide, Link, type LinkUser } from "./link.js";
import { refusedTopic } from "./refusal.js";

/** How long a broker keeps a session whose reader is away, s: a week. */
const SESSION_EXPIRY = 7 * 24 * 3600;
/** A broker that does not answer a subscription in so many ms is connected to anew: it would stay silent. */
const GRANTED_WITHIN = 10_000;
/** Reason codes from here on say that a filter was refused. */
const REFUSED = 0x80;
/**
 * So many messages are on their way to us at most. More would lie in memory while a backlog is read, and be copied there by
 * each garbage collection; fewer would make the broker wait on a long line (1,024 within 50 ms are 20,000 a second).
 */
const MOST_IN_FLIGHT = 1_024;
/** What MQTT.js is told so that it does not acknowledge a message: it goes on with the next, and we acknowledge later. */
const LATER = new Error("acknowledged later");
/** Publish acknowledgement, packet identifier in the next two bytes (MQTT 3.1.1 and 5, section 3.4). */
const PUBACK = 0x40;
const PUBACK_REST = 2;

interface Taken extends Incoming {
  /** The broker's number of this message; 0 for QoS 0. */
  readonly id: number;
  /** The connection that it last came over. */
  connection: number;
  admitted: boolean;
}

/**
 * One subscription with a session that outlives connections and this process. A QoS 1 message is acknowledged when the
 * reader asks for the batch after the one that held it, and not before: what was not taken in when the process died is
 * delivered again. QoS 2 is asked for as QoS 1, because MQTT.js keeps half of its handshake in memory, where a crash would
 * lose the message for good.
 *
 * MQTT.js acknowledges in the callback of `handleMessage` and hands over one message at a time, so an error is given
 * there, which it takes as "not yet", and the acknowledgements of a batch are written in one piece.
 */
export class Subscriber implements LinkUser {
  readonly #side: BrokerSide;
  readonly #subscription: Subscription;
  readonly #name: string;
  readonly #inbox: Inbox<Taken>;
  readonly #link: Link;
  #client: MqttClient | undefined;
  #connection = 0;
  #deadline: Cancel | undefined;
  /** Filters of an earlier run that the session may still hold messages of. */
  #stale: readonly string[] = [];
  #sessionPresent = false;
  /** QoS 1 messages that the broker has no acknowledgement of, by its number. */
  readonly #unacknowledged = new Array<Taken | undefined>(0x10000).fill(undefined);

  constructor(side: BrokerSide, subscription: Subscription, clientId: string) {
    const { session, limit, line } = subscription;
    if (line) line.heard = -Infinity;
    this.#side = side;
    this.#subscription = subscription;
    this.#name = `${clientId} at ${side.address.url}`;
    this.#inbox = new Inbox({ session, limit, clock: side.clock, log: side.log });
    const properties = {
      sessionExpiryInterval: SESSION_EXPIRY,
      // The broker itself stops at the limit, and pings go on.
      receiveMaximum: Math.min(limit, MOST_IN_FLIGHT),
    };
    this.#link = new Link(side, { clientId, clean: false, properties }, this);
  }

  async *read(stop: AbortSignal): AsyncGenerator<readonly Incoming[], void> {
    if (stop.aborted) return;
    this.#link.open();
    try {
      for (;;) {
        const batch = await this.#inbox.next(stop);
        if (batch.length === 0) return;
        yield batch;
        this.#acknowledge(batch);
      }
    } finally {
      await this.close();
    }
  }

  /** Ends the connection, whether or not the reader asks for more. */
  async close(): Promise<void> {
    await this.#link.close();
  }

  attach(client: MqttClient): void {
    this.#connection++;
    this.#client = client;
    client.handleMessage = (packet, done) => this.#take(packet, done);
    const { line } = this.#subscription;
    if (line) {
      client.on("packetreceive", () => (line.heard = this.#side.clock.now()));
      line.ask = () => {
        if (client.connected) client.sendPing();
      };
    }
  }

  accepted({ sessionPresent }: IConnackPacket): void {
    this.#sessionPresent = sessionPresent;
    // The broker has forgotten them: their numbers now mean other messages.
    if (!sessionPresent) this.#unacknowledged.fill(undefined);
  }

  up(client: MqttClient): void {
    const { filters, qos } = this.#subscription;
    this.#takeBack(client);
    this.#deadline = this.#side.clock.after(GRANTED_WITHIN, () => this.#link.renew());
    // Each time: a broker that was killed may remember a session and not all of its subscriptions. Retain handling 1:
    // retained messages come for new subscriptions only, not for those that the session still has.
    client.subscribe([...filters], { qos: Math.min(qos, 1) as Qos, rh: 1 }, (error) => {
      this.#deadline?.();
      if (error) this.#refused((error as { packet?: ISubackPacket }).packet);
      else this.#stands(true);
    });
  }

  /** Ends the subscriptions that an earlier run left in the session and that no one wants now. */
  #takeBack(client: MqttClient): void {
    const { memory, log } = this.#side;
    const { filters } = this.#subscription;
    const before = this.#sessionPresent ? (memory?.filters(this.#name) ?? []) : [];
    const stale = before.filter((filter) => !filters.includes(filter));
    // Both, until it is certain that the old ones are gone.
    memory?.keep(this.#name, [...filters, ...stale]);
    if (stale.length === 0) return;
    this.#stale = stale;
    log.info("MQTT session held filters that are no longer read, taking them back", { filters: stale });
    client.unsubscribe(stale, (error) => {
      if (!error) memory?.keep(this.#name, filters);
    });
  }

  /** What the session kept for a filter that was taken back comes all the same. */
  #unwanted(topic: string): boolean {
    return this.#stale.length > 0 && !this.#subscription.filters.some((filter) => matches(filter, topic));
  }

  down(): void {
    this.#client = undefined;
    this.#stands(false);
    this.#deadline?.();
    this.#inbox.letGo();
  }

  failed(refusal: ConfigError): void {
    this.#inbox.fail(refusal);
  }

  #stands(stands: boolean): void {
    const { line } = this.#subscription;
    if (line) line.stands = stands;
  }

  /** Without an answer in it the connection broke, and the next one tries again. */
  #refused(answer: ISubackPacket | undefined): void {
    answer?.granted.forEach((code, i) => {
      if (Number(code) < REFUSED) return;
      const filter = this.#subscription.filters[i]!;
      const cause = Object.assign(new Error(`reason ${Number(code)}`), { code });
      this.#inbox.fail(new ConfigError(refusedTopic(cause, "subscribe to", filter, this.#side.address), { cause }));
    });
  }

  #take({ topic, payload, qos, retain, dup, messageId = 0 }: IPublishPacket, done: (error?: Error) => void): void {
    const bytes = payload as Buffer;
    if (this.#unwanted(topic)) {
      done();
      return;
    }
    if (qos === 0) {
      const taken = { topic, payload: bytes, qos, retain, dup, id: 0, connection: 0, admitted: false };
      this.#inbox.deliver(taken, done);
      return;
    }
    const known = this.#unacknowledged[messageId];
    if (known && known.connection !== this.#connection && known.topic === topic && bytes.equals(known.payload)) {
      // Sent again after a broken connection, and still here.
      known.connection = this.#connection;
      if (known.admitted) this.#acknowledge([known]);
      done(LATER);
      return;
    }
    const taken: Taken = {
      topic,
      payload: bytes,
      qos,
      retain,
      dup,
      id: messageId,
      connection: this.#connection,
      admitted: false,
    };
    this.#unacknowledged[messageId] = taken;
    this.#inbox.deliver(taken, () => done(LATER));
  }

  /** What came over a connection that is gone waits for the broker to send it again. */
  #acknowledge(batch: readonly Taken[]): void {
    const packets = Buffer.allocUnsafe(batch.length * 4);
    let length = 0;
    for (const message of batch) {
      if (message.id === 0) continue;
      message.admitted = true;
      if (message.connection !== this.#connection || !this.#client?.connected) continue;
      this.#unacknowledged[message.id] = undefined;
      packets[length] = PUBACK;
      packets[length + 1] = PUBACK_REST;
      packets.writeUInt16BE(message.id, length + 2);
      length += 4;
    }
    if (length > 0) this.#client?.stream.write(packets.subarray(0, length));
  }
}
