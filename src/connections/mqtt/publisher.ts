import type { MqttClient } from "mqtt";
import type { IConnackPacket } from "mqtt-packet";
import { DisconnectedError, type ConfigError } from "../../streams/component/errors.js";
import type { Cancel } from "../../streams/time/clock.js";
import type { Outgoing } from "./broker.js";
import { type BrokerSide, Link, type LinkUser } from "./link.js";
import { mayPass, refusedTopic } from "./refusal.js";
import { statusMessage } from "./status.js";

/** A message without acknowledgement after so many ms: the connection counts as dead. */
const ACKNOWLEDGED_WITHIN = 10_000;
const LOOK_EVERY = 1_000;
/** Unacknowledged messages at one time, where the broker does not ask for fewer. */
const WINDOW = 1_000;

interface Pending {
  readonly message: Outgoing;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
  /** Processing time, ms; set when it is sent. */
  deadline: number;
}

/** The connection that everything is published over, in the order of the calls. */
export class Publisher implements LinkUser {
  readonly #side: BrokerSide;
  readonly #link: Link;
  readonly #announce: string | undefined;
  #client: MqttClient | undefined;
  #refusal: ConfigError | undefined;
  #away: string | undefined;
  #window = WINDOW;
  readonly #sent = new Set<Pending>();
  #waiting: Pending[] = [];
  #watch: Cancel | undefined;
  /** Those who wait for the connection to be made, or not. */
  #curious: (() => void)[] = [];

  /** @param announce the topic of our status, where it is to be told */
  constructor(side: BrokerSide, clientId: string, announce?: string) {
    this.#side = side;
    this.#announce = announce;
    const { payload, ...will } = statusMessage("offline", announce);
    const told = announce !== undefined && { will: { ...will, payload: Buffer.from(payload) } };
    const options = { clientId, clean: true, ...told };
    this.#link = new Link(side, options, this);
    this.#link.open();
  }

  async publish(message: Outgoing): Promise<void> {
    if (!this.#settled) await this.#news();
    this.#check();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject, deadline: Infinity });
      this.#send();
    });
  }

  /** Resolves when the broker is there; ConfigError where it refuses us, DisconnectedError after `timeout` ms. */
  async ready(timeout: number): Promise<void> {
    const { clock, address } = this.#side;
    const until = clock.now() + timeout;
    while (!this.#client && !this.#refusal && clock.now() < until) {
      const over = new AbortController();
      const news = this.#news().then(() => over.abort());
      await Promise.race([news, clock.sleep(until - clock.now(), over.signal)]);
      over.abort();
    }
    if (!this.#client && !this.#refusal && !this.#away)
      throw new DisconnectedError(`no answer from the broker at ${address.url} in ${timeout} ms`);
    this.#check();
  }

  /** Resolves with the outcome of the first attempt, or after `timeout` ms without one; ConfigError where it is a refusal. */
  async tried(timeout: number): Promise<void> {
    const over = new AbortController();
    if (!this.#settled) await Promise.race([this.#news(), this.#side.clock.sleep(timeout, over.signal)]);
    over.abort();
    if (this.#refusal) throw this.#refusal;
  }

  async close(): Promise<void> {
    // Our goodbye takes the last will back; the connection is closed when the broker has this.
    this.#say("offline");
    await this.#link.close();
  }

  attach(): void {}

  accepted({ properties }: IConnackPacket): void {
    this.#window = Math.min(WINDOW, properties?.receiveMaximum ?? WINDOW);
  }

  up(client: MqttClient): void {
    this.#client = client;
    this.#away = undefined;
    this.#watch ??= this.#side.clock.every(LOOK_EVERY, () => this.#look());
    this.#say("online");
    this.#tell();
  }

  down(reason: string): void {
    this.#client = undefined;
    this.#away = reason;
    this.#watch?.();
    this.#watch = undefined;
    const lost = [...this.#sent, ...this.#waiting];
    this.#sent.clear();
    this.#waiting = [];
    for (const { reject } of lost) reject(this.#disconnected());
    this.#tell();
  }

  failed(refusal: ConfigError): void {
    this.#refusal = refusal;
    this.#tell();
  }

  #say(status: "online" | "offline"): void {
    if (this.#announce === undefined || !this.#client?.connected) return;
    const { topic, payload, qos, retain } = statusMessage(status, this.#announce);
    const { log, address } = this.#side;
    this.#client.publish(topic, payload, { qos, retain }, (error) => {
      if (error && !mayPass(error))
        log.warn("status not published", { reason: refusedTopic(error, "publish to", topic, address) });
    });
  }

  get #settled(): boolean {
    return this.#client !== undefined || this.#away !== undefined || this.#refusal !== undefined;
  }

  #news(): Promise<void> {
    return new Promise((resolve) => void this.#curious.push(resolve));
  }

  #tell(): void {
    const curious = this.#curious;
    this.#curious = [];
    for (const resolve of curious) resolve();
  }

  #check(): void {
    if (this.#refusal) throw this.#refusal;
    if (!this.#client) throw this.#disconnected();
  }

  #disconnected(): DisconnectedError {
    return new DisconnectedError(`the MQTT broker at ${this.#side.address.url} is away: ${this.#away}`);
  }

  #send(): void {
    while (this.#client && this.#waiting.length > 0 && this.#sent.size < this.#window) {
      const pending = this.#waiting.shift()!;
      const { topic, payload, qos, retain } = pending.message;
      pending.deadline = this.#side.clock.now() + ACKNOWLEDGED_WITHIN;
      this.#sent.add(pending);
      this.#client.publish(topic, payload, { qos, retain }, (error) => this.#answered(pending, error));
    }
  }

  #answered(pending: Pending, error: Error | null | undefined): void {
    // A connection that ends has already told.
    if (!this.#sent.delete(pending)) return;
    const { topic } = pending.message;
    if (!error) pending.resolve();
    else if (mayPass(error)) pending.reject(new DisconnectedError(error.message, { cause: error }));
    else pending.reject(new Error(refusedTopic(error, "publish to", topic, this.#side.address), { cause: error }));
    this.#send();
  }

  #look(): void {
    const [oldest] = this.#sent;
    if (oldest && oldest.deadline < this.#side.clock.now()) this.#link.renew();
  }
}
