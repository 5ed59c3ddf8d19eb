import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { connect } from "mqtt";
import { silentLog } from "../../streams/contract/context.js";
import { brokerContract, message, Reading, subscribed } from "../../../test/broker-contract.js";
import { type EmbeddedBroker, startEmbeddedBroker } from "./embedded.js";

const options = { host: "127.0.0.1", port: 0, fallbackToFreePort: false, log: silentLog };

describe("embedded broker", () => {
  brokerContract(async () => {
    const started = async (port: number) => {
      const embedded = await startEmbeddedBroker({ ...options, port });
      return {
        ...embedded,
        restart: async () => {
          await embedded.close();
          return started(embedded.port);
        },
      };
    };
    return started(0);
  });

  describe("towards the outside", () => {
    let embedded: EmbeddedBroker;
    beforeEach(async () => {
      embedded = await startEmbeddedBroker(options);
    });
    afterEach(() => embedded.close());

    const outsider = () =>
      new Promise<ReturnType<typeof connect>>((resolve, reject) => {
        const client = connect(embedded.address, { protocolVersion: 4, reconnectPeriod: 0 });
        client.on("connect", () => resolve(client));
        client.on("error", reject);
      });

    it("lets a printer outside publish and hear", async () => {
      const { broker } = embedded;
      const reading = new Reading(broker, ["printing/+/sensor"]);
      await subscribed(broker, reading, "printing/0/sensor");
      const printer = await outsider();
      await printer.subscribeAsync("printer/control/printer_1", { qos: 1 });
      const command = new Promise<string>((resolve) =>
        printer.once("message", (_, payload) => resolve(payload.toString())),
      );
      const published = printer.publishAsync("printing/printer_1/sensor", "{}", { qos: 1 });
      expect(await reading.texts(1)).toEqual(["printing/printer_1/sensor {}"]);
      await published;
      await broker.publish(message("printer/control/printer_1", '{"speed":50}'));
      expect(await command).toBe('{"speed":50}');
      await printer.endAsync();
      await reading.end();
    });

    it("acknowledges what comes from outside when the reader asks for more, and not before", async () => {
      const { broker } = embedded;
      const reading = new Reading(broker, ["a"]);
      await subscribed(broker, reading, "a");
      const printer = await outsider();
      let acknowledged = 0;
      const published = [1, 2, 3].map((i) => printer.publishAsync("a", `${i}`, { qos: 1 }).then(() => acknowledged++));
      await reading.hold(3);
      // An answer from the broker that is younger than any acknowledgement would be.
      const other = await outsider();
      await other.publishAsync("b", "", { qos: 1 });
      await other.endAsync();
      expect(acknowledged).toBe(0);
      reading.ask();
      await Promise.all(published);
      await printer.endAsync();
      await reading.end();
    });

    it("acknowledges at once what nobody inside reads, or reads with QoS 0", async () => {
      const { broker } = embedded;
      const reading = new Reading(broker, ["a"], { qos: 0 });
      await subscribed(broker, reading, "a");
      const printer = await outsider();
      await printer.publishAsync("a", "1", { qos: 1 });
      await printer.publishAsync("b", "1", { qos: 1 });
      await printer.endAsync();
      await reading.end();
    });

    it("lets nobody in before it is told to, so that nothing is acknowledged that no one would read", async () => {
      const early = await startEmbeddedBroker({ ...options, wait: true });
      const printer = connect(early.address, { protocolVersion: 4 });
      const published = printer.publishAsync("a", "1", { qos: 1 });
      await new Promise((resolve) => printer.stream.once("connect", resolve));
      const reading = new Reading(early.broker, ["a"]);
      early.admit();
      expect(await reading.texts(1)).toEqual(["a 1"]);
      await published;
      await printer.endAsync();
      await reading.end();
      await early.close();
    });

    it("passes on what a publisher says of having sent it before", async () => {
      const { broker } = embedded;
      const reading = new Reading(broker, ["a"]);
      await subscribed(broker, reading, "a");
      const printer = await outsider();
      printer.publish("a", "1", { qos: 1 });
      printer.publish("a", "2", { qos: 1, dup: true });
      expect((await reading.hold(2)).map(({ dup }) => dup)).toEqual([false, true]);
      await printer.endAsync(true);
      await reading.end();
    });

    it("keeps no acknowledgement from a publisher for long where the reader is away and comes back", async () => {
      const { broker } = embedded;
      const first = new Reading(broker, ["a"], { session: "same" });
      await subscribed(broker, first, "a");
      await first.end();
      const printer = connect(embedded.address, { protocolVersion: 4, reconnectPeriod: 10 });
      const published = printer.publishAsync("a", "1", { qos: 1 });
      // Whatever it sends after that is read after that.
      printer.publish("other", "", { qos: 0 });
      const second = new Reading(broker, ["a"], { session: "same" });
      expect(await second.texts(1)).toEqual(["a 1"]);
      await published;
      await printer.endAsync();
      await second.end();
    });

    it("reads no further from a publisher outside while the subscriber inside is full", async () => {
      const { broker } = embedded;
      const reading = new Reading(broker, ["a"], { limit: 1 });
      await subscribed(broker, reading, "a");
      const printer = await outsider();
      const count = 400;
      const payload = (i: number) => `${i}`.padEnd(2_000);
      for (let i = 0; i < count; i++) printer.publish("a", payload(i), { qos: 1 });
      expect(await reading.texts(count)).toEqual(Array.from({ length: count }, (_, i) => `a ${payload(i)}`));
      await printer.endAsync(true);
      await reading.end();
    });

    it("still publishes to others while a subscriber is full", async () => {
      const { broker } = embedded;
      const full = new Reading(broker, ["sensor"], { limit: 1 });
      const control = new Reading(broker, ["control"]);
      await Promise.all([subscribed(broker, full, "sensor"), subscribed(broker, control, "control")]);
      const waiting = Promise.all(Array.from({ length: 500 }, (_, i) => broker.publish(message("sensor", i))));
      await broker.publish(message("control", "slower"));
      expect(await control.texts(1)).toEqual(["control slower"]);
      await full.texts(500);
      await Promise.all([full.end(), waiting, control.end()]);
    });

    it("drops QoS 0 over the limit, counts it and says so", async () => {
      const said: unknown[] = [];
      const log = { ...silentLog, error: (...line: unknown[]) => void said.push(line) };
      const loud = await startEmbeddedBroker({ ...options, log });
      const reading = new Reading(loud.broker, ["a"], { qos: 0, limit: 2, session: "s" });
      await subscribed(loud.broker, reading, "a");
      await Promise.all(Array.from({ length: 5 }, (_, i) => loud.broker.publish(message("a", i, { qos: 0 }))));
      expect(said).toEqual([
        [
          "QoS 0 messages dropped, reading is slower than they come",
          expect.objectContaining({ session: "s", limit: 2, dropped: 1 }),
        ],
      ]);
      await reading.end();
      await loud.close();
    });

    it("hands over a message once where two filters match it", async () => {
      const reading = new Reading(embedded.broker, ["a/+", "a/#"]);
      await subscribed(embedded.broker, reading, "a/0");
      await embedded.broker.publish(message("a/b", 1));
      await embedded.broker.publish(message("a/b", 2));
      expect(await reading.texts(2)).toEqual(["a/b 1", "a/b 2"]);
      await reading.end();
    });

    it("takes the next free port where the wanted one is in use, if it may", async () => {
      const taken = { ...options, port: embedded.port };
      const other = await startEmbeddedBroker({ ...taken, fallbackToFreePort: true });
      expect(other.port).toBeGreaterThan(embedded.port);
      expect(other.address).toBe(`mqtt://127.0.0.1:${other.port}`);
      await other.close();
      await expect(startEmbeddedBroker(taken)).rejects.toThrow(/in use/);
    });

    it("tells a client that speaks MQTT 5 that it does not, and goes on", async () => {
      const client = connect(embedded.address, { protocolVersion: 5, reconnectPeriod: 0 });
      const refusal = await new Promise<Error>((resolve) => client.on("error", resolve));
      expect(refusal.message).toMatch(/protocol version/i);
      await client.endAsync(true);
      await (await outsider()).endAsync();
    });
  });
});
