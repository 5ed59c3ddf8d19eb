import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type Incoming,
  type MqttBroker,
  type Outgoing,
  type Qos,
  type Subscription,
  SubscriptionLine,
} from "../src/connections/mqtt/broker.js";
import { Outsider } from "./outsider.js";

export interface BrokerUnderTest {
  readonly broker: MqttBroker;
  readonly close: () => Promise<void>;
  /** Our side goes, with no word to anyone, and comes back: as after `kill -9` and a new start. */
  readonly restart: () => Promise<BrokerUnderTest>;
}

const text = ({ topic, payload }: Incoming): string => `${topic} ${Buffer.from(payload).toString()}`;

export function message(topic: string, payload: string | number, more: Partial<Outgoing> = {}): Outgoing {
  return { topic, payload: String(payload), qos: 1, retain: false, ...more };
}

/** Published until it is heard. */
const MARKER = "ready?";

let sessions = 0;

/** A subscription that is read step by step. */
export class Reading {
  readonly stop = new AbortController();
  readonly #batches: AsyncIterator<readonly Incoming[]>;
  #next: Promise<IteratorResult<readonly Incoming[]>>;

  constructor(broker: MqttBroker, filters: readonly string[], more: Partial<Subscription> = {}) {
    const subscription = { filters, qos: 1 as Qos, session: `session-${++sessions}`, limit: 1000, ...more };
    this.#batches = broker.subscribe(subscription, this.stop.signal)[Symbol.asyncIterator]();
    this.#next = this.#batches.next();
    // Who ends the reading looks at what came of it.
    this.#next.catch(() => undefined);
  }

  /** The batch that comes next. Nothing is asked for after it until `ask`. */
  async batch(): Promise<readonly Incoming[]> {
    const { done, value } = await this.#next;
    return done ? [] : value;
  }

  ask(): void {
    this.#next = this.#batches.next();
    this.#next.catch(() => undefined);
  }

  /** So many messages, markers left out. Nothing is asked for after the batch that holds the last. */
  async hold(count: number): Promise<Incoming[]> {
    const held: Incoming[] = [];
    for (;;) {
      held.push(...(await this.batch()).filter((message) => !text(message).endsWith(MARKER)));
      if (held.length >= count) return held;
      this.ask();
    }
  }

  async take(count: number): Promise<Incoming[]> {
    const taken: Incoming[] = [];
    while (taken.length < count) {
      const batch = await this.batch();
      if (batch.length === 0) break;
      taken.push(...batch);
      this.ask();
    }
    return taken;
  }

  /** So many messages as `topic payload`, markers left out. */
  async texts(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) {
      const batch = await this.batch();
      if (batch.length === 0) break;
      texts.push(...batch.map(text).filter((line) => !line.endsWith(MARKER)));
      this.ask();
    }
    return texts;
  }

  /** Stops and gives what still came. */
  async end(): Promise<Incoming[]> {
    this.stop.abort();
    const rest: Incoming[] = [];
    for (;;) {
      const batch = await this.batch();
      if (batch.length === 0) return rest;
      rest.push(...batch);
      this.ask();
    }
  }
}

/** Publishes a marker until it is heard: then the subscription stands. */
export async function subscribed(broker: MqttBroker, reading: Reading, topic: string): Promise<void> {
  const heard = new AbortController();
  const first = reading.batch().then(() => heard.abort());
  while (!heard.signal.aborted) {
    // Not waited for: a subscriber with little room lets publishers wait until it asks for more. One that is lost with
    // its connection is followed by another.
    broker.publish(message(topic, MARKER)).catch(() => undefined);
    await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 5))]);
  }
  reading.ask();
}

/** What every broker does, over the network or embedded. */
export function brokerContract(open: () => Promise<BrokerUnderTest>): void {
  let subject: BrokerUnderTest;
  let broker: MqttBroker;
  beforeEach(async () => {
    subject = await open();
    broker = subject.broker;
  });
  afterEach(() => subject.close());

  it("says when a subscription stands: what is published then is taken", async () => {
    const line = new SubscriptionLine();
    const reading = new Reading(broker, ["a/+"], { line });
    while (!line.stands) await new Promise((resolve) => setTimeout(resolve, 1));
    await broker.publish(message("a/b", "1"));
    expect(await reading.texts(1)).toEqual(["a/b 1"]);
    await reading.end();
    expect(line.stands).toBe(false);
  });

  it("gives its address without secrets", () => {
    expect(broker.address).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
  });

  it.each([0, 1] as const)("hands over messages of QoS %p in the order of publishing", async (qos) => {
    const reading = new Reading(broker, ["a/+"], { qos });
    await subscribed(broker, reading, "a/0");
    const payloads = Array.from({ length: 600 }, (_, i) => i);
    await Promise.all(payloads.map((i) => broker.publish(message("a/b", i, { qos }))));
    expect(await reading.texts(600)).toEqual(payloads.map((i) => `a/b ${i}`));
    await reading.end();
  });

  it("hands over messages of QoS 2", async () => {
    const reading = new Reading(broker, ["a"], { qos: 2 });
    await subscribed(broker, reading, "a");
    // One after the other: aedes 1.2 mixes up those that come over a socket at once.
    for (let i = 0; i < 20; i++) await broker.publish(message("a", i, { qos: 2 }));
    expect(await reading.texts(20)).toEqual(Array.from({ length: 20 }, (_, i) => `a ${i}`));
    await reading.end();
  });

  it("never gives a batch of more than 256", async () => {
    const reading = new Reading(broker, ["a"], { limit: 2000 });
    await subscribed(broker, reading, "a");
    await Promise.all(Array.from({ length: 1000 }, (_, i) => broker.publish(message("a", i))));
    for (let count = 0; count < 1000;) {
      const batch = await reading.batch();
      expect(batch.length).toBeLessThanOrEqual(256);
      count += batch.length;
      reading.ask();
    }
    await reading.end();
  });

  it("gives each subscriber its own copy and nothing that it did not ask for", async () => {
    const one = new Reading(broker, ["a/+"]);
    const other = new Reading(broker, ["a/+", "b"]);
    await Promise.all([subscribed(broker, one, "a/0"), subscribed(broker, other, "b")]);
    await broker.publish(message("c", 0));
    await broker.publish(message("a/b", 1));
    for (const reading of [one, other]) {
      expect(await reading.texts(1)).toEqual(["a/b 1"]);
      await reading.end();
    }
  });

  it("hands over what was retained, and says that it was", async () => {
    await broker.publish(message("state/printer_1", "online", { retain: true }));
    const reading = new Reading(broker, ["state/+"]);
    const [kept] = await reading.take(1);
    expect([kept!.topic, Buffer.from(kept!.payload).toString(), kept!.retain]).toEqual([
      "state/printer_1",
      "online",
      true,
    ]);
    await reading.end();
  });

  it("carries any bytes: empty, umlauts, 100 kB", async () => {
    const reading = new Reading(broker, ["a"]);
    await subscribed(broker, reading, "a");
    const payloads = ["", "Düse 215 °C", "x".repeat(100_000)];
    for (const payload of payloads) await broker.publish(message("a", payload));
    expect(await reading.texts(3)).toEqual(payloads.map((payload) => `a ${payload}`));
    await reading.end();
  });

  it("ends when told to stop: before the first message, and while one is awaited", async () => {
    const stopped = new AbortController();
    stopped.abort();
    const subscription = { filters: ["a"], qos: 1, session: "early", limit: 10 } as const;
    for await (const batch of broker.subscribe(subscription, stopped.signal)) expect(batch).toBeUndefined();
    const reading = new Reading(broker, ["a"]);
    await subscribed(broker, reading, "a");
    await reading.end();
  });

  it("makes publishers wait, or keeps the rest itself, and loses no QoS 1 message where the reader is slow", async () => {
    const reading = new Reading(broker, ["a"], { limit: 10 });
    await subscribed(broker, reading, "a");
    const published = Promise.all(Array.from({ length: 300 }, (_, i) => broker.publish(message("a", i))));
    const heard = await reading.texts(300);
    await published;
    expect(heard).toEqual(Array.from({ length: 300 }, (_, i) => `a ${i}`));
    await reading.end();
  });

  describe("and a publisher outside", () => {
    let outsider: Outsider;
    beforeEach(async () => {
      outsider = await Outsider.join(broker.address, []);
    });
    afterEach(() => outsider.leave());

    it("lose nothing when our side goes in the middle of a batch and comes back", async () => {
      const first = new Reading(broker, ["a"], { session: "same" });
      await subscribed(broker, first, "a");
      const taken = [0, 1, 2].map((i) => outsider.publish("a", String(i)));
      expect(await first.texts(3)).toEqual(["a 0", "a 1", "a 2"]);
      await Promise.all(taken);
      const held = outsider.publish("a", "3");
      expect((await first.hold(1)).map(text)).toEqual(["a 3"]);
      subject = await subject.restart();
      const second = new Reading(subject.broker, ["a"], { session: "same" });
      const last = outsider.publish("a", "4");
      expect(await second.texts(2)).toEqual(["a 3", "a 4"]);
      await Promise.all([held, last]);
      await second.end();
    });

    it("lose nothing that had come and was not read when the reading was stopped", async () => {
      const first = new Reading(broker, ["a"], { session: "same" });
      await subscribed(broker, first, "a");
      const published = [0, 1, 2].map((i) => outsider.publish("a", String(i)));
      const [begun] = await first.hold(1);
      expect(text(begun!)).toBe("a 0");
      const more = [3, 4, 5].map((i) => outsider.publish("a", String(i)));
      // It is told to stop while it is at work on a batch: this one it finishes, and no other.
      const before = (await first.end()).filter((message) => !text(message).endsWith(MARKER));
      expect(before.length).toBeLessThan(6);
      subject = await subject.restart();
      const second = new Reading(subject.broker, ["a"], { session: "same" });
      const after = await second.texts(6 - before.length);
      expect([...before.map(text), ...after]).toEqual([0, 1, 2, 3, 4, 5].map((i) => `a ${i}`));
      await Promise.all([...published, ...more]);
      await second.end();
    });
  });

  it("takes no message after it was closed", async () => {
    await broker.publish(message("a", 1));
    await broker.close();
    await expect(broker.publish(message("a", 2))).rejects.toMatchObject({ name: "DisconnectedError" });
  });
}
