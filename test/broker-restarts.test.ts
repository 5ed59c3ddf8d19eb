import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createServer } from "node:net";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sessionMemory } from "../src/connections/mqtt/session-memory.js";
import { Aedes } from "aedes";
import { SubscriptionLine } from "../src/connections/mqtt/broker.js";
import { connectBroker, type NetworkBroker } from "../src/connections/mqtt/network.js";
import { silentLog } from "../src/streams/contract/context.js";
import { systemClock } from "../src/streams/time/clock.js";
import { message, Reading, subscribed } from "./broker-contract.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { until } from "./program.js";

const given = { clientId: "test", clock: systemClock, log: silentLog, random: () => 0 };
const RESTARTS = 10;
/** Messages between two restarts. */
const ROUND = 50;

const suite = mosquittoProgram ? describe : describe.skip;

suite("a broker that restarts", () => {
  let mosquitto: Mosquitto;
  let broker: NetworkBroker;
  let said: string[];
  beforeEach(async () => {
    mosquitto = await Mosquitto.start();
    said = [];
    const say = (text: string) => void said.push(text);
    broker = connectBroker({ ...given, url: mosquitto.url, log: { ...silentLog, info: say, warn: say, error: say } });
  });
  afterEach(async () => {
    await broker.close();
    await mosquitto.remove();
  });

  /** Published again where the connection broke before the broker had it: it may then come twice. */
  async function publish(i: number, topic = "a"): Promise<void> {
    await until(async () => {
      try {
        await broker.publish(message(topic, i));
        return true;
      } catch (cause) {
        expect(cause).toMatchObject({ name: "DisconnectedError" });
        return false;
      }
    });
  }

  it("in order, ten times under load: each message that it took is handed over, in order", async () => {
    const reading = new Reading(broker, ["a"], { limit: 20 });
    await subscribed(broker, reading, "a");
    const heard: number[] = [];
    const count = RESTARTS * ROUND;
    const all = (async () => {
      while (heard.at(-1) !== count - 1) {
        const batch = await reading.batch();
        if (batch.length === 0) return;
        for (const { payload } of batch) {
          const text = Buffer.from(payload).toString();
          if (/^\d+$/.test(text)) heard.push(Number(text));
        }
        reading.ask();
      }
    })();
    for (let restart = 0; restart < RESTARTS; restart++) {
      const round = Array.from({ length: ROUND }, (_, i) => restart * ROUND + i);
      const publishing = (async () => {
        for (const i of round) await publish(i);
      })();
      await until(() => heard.some((i) => i >= restart * ROUND));
      await mosquitto.kill("SIGTERM");
      await until(() => broker.state() === "away");
      await mosquitto.run();
      await until(() => broker.state() === "connected");
      await publishing;
    }
    await all;
    const first = heard.filter((i, at) => heard.indexOf(i) === at);
    expect(first).toEqual(Array.from({ length: count }, (_, i) => i));
    await reading.end();
    expect(said.filter((text) => text === "MQTT broker is back")).toHaveLength(RESTARTS);
  }, 60_000);

  it("forgets the filters of an earlier run that are no longer read, and what it kept of them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "memory-"));
    const memory = sessionMemory(join(folder, "sessions.json"), silentLog);
    const run = () => connectBroker({ ...given, url: mosquitto.url, memory });
    const earlier = run();
    const first = new Reading(earlier, ["old/+", "a"], { session: "same" });
    await subscribed(earlier, first, "a");
    await first.end();
    await earlier.close();
    await broker.publish(message("old/x", "kept"));
    await broker.publish(message("a", "kept"));

    const later = run();
    const second = new Reading(later, ["a", "new"], { session: "same" });
    expect(await second.texts(1)).toEqual(["a kept"]);
    await subscribed(later, second, "new");
    await broker.publish(message("old/x", 1));
    await broker.publish(message("a", 1));
    expect(await second.texts(1)).toEqual(["a 1"]);
    await second.end();
    await later.close();

    // A run that remembers nothing takes what comes: of the old filter nothing does.
    await broker.publish(message("old/x", 2));
    await broker.publish(message("a", 2));
    const last = connectBroker({ ...given, url: mosquitto.url });
    const third = new Reading(last, ["a", "new", "none/#"], { session: "same" });
    expect((await third.take(1)).map(({ topic }) => topic)).toEqual(["a"]);
    await third.end();
    await last.close();
    await rm(folder, { recursive: true });
  });

  it("or hangs: is heard of while it answers, and not while it does not", async () => {
    const line = new SubscriptionLine();
    const reading = new Reading(broker, ["a"], { line });
    await subscribed(broker, reading, "a");
    const asked = async () => {
      const before = line.heard;
      line.ask();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return line.heard > before;
    };
    await until(asked);
    mosquitto.freeze();
    expect(await asked()).toBe(false);
    mosquitto.thaw();
    await until(asked);
    await mosquitto.kill("SIGTERM");
    expect(await asked()).toBe(false);
    await mosquitto.run();
    await until(asked);
    await reading.end();
  });

  it("killed ten times, so that it forgets us: is subscribed to again, and never connected to in silence", async () => {
    const one = new Reading(broker, ["a/+"]);
    const other = new Reading(broker, ["b", "c/#"]);
    await Promise.all([subscribed(broker, one, "a/0"), subscribed(broker, other, "b")]);
    for (let restart = 0; restart < RESTARTS; restart++) {
      await mosquitto.kill("SIGKILL");
      await until(() => broker.state() === "away");
      await mosquitto.run();
      await broker.ready(10_000);
      await Promise.all([subscribed(broker, one, "a/0"), subscribed(broker, other, "c/d")]);
      await publish(restart, "a/x");
      await publish(restart, "b");
      expect([await one.texts(1), await other.texts(1)]).toEqual([[`a/x ${restart}`], [`b ${restart}`]]);
    }
    await one.end();
    await other.end();
  }, 60_000);
});

describe("a broker that lets us in and does not answer our subscription", () => {
  it("is connected to anew", async () => {
    const aedes = await Aedes.createBroker();
    let asked = 0;
    aedes.authorizeSubscribe = (_, subscription, done) => {
      if (++asked > 1) done(null, subscription);
    };
    const server = createServer((socket) => aedes.handle(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    // Ten seconds of waiting are a tenth of one.
    const clock = { ...systemClock, after: (ms: number, call: () => void) => systemClock.after(ms / 100, call) };
    const broker = connectBroker({ ...given, clock, url: `mqtt://127.0.0.1:${port}` });
    const reading = new Reading(broker, ["a"]);
    await subscribed(broker, reading, "a");
    expect(asked).toBe(2);
    await reading.end();
    await broker.close();
    await new Promise<void>((resolve) => aedes.close(resolve));
    server.close();
  });
});
