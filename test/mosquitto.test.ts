import { afterEach, describe, expect, it } from "@jest/globals";
import { connectBroker, type NetworkBroker, type NetworkOptions } from "../src/connections/mqtt/network.js";
import { silentLog } from "../src/streams/contract/context.js";
import { systemClock } from "../src/streams/time/clock.js";
import { brokerContract, message, Reading, subscribed } from "./broker-contract.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";

const suite = mosquittoProgram ? describe : describe.skip;
const given = { clientId: "test", clock: systemClock, log: silentLog, random: () => 0 };
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

suite("mosquitto", () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(...how: Parameters<typeof Mosquitto.start>): Promise<Mosquitto> {
    const mosquitto = await Mosquitto.start(...how);
    ends.push(() => mosquitto.remove());
    return mosquitto;
  }

  function reach({ url }: Mosquitto, more: Partial<NetworkOptions> = {}): NetworkBroker {
    const broker = connectBroker({ ...given, url, ...more });
    ends.push(() => broker.close());
    return broker;
  }

  describe("as any broker", () => {
    brokerContract(async () => {
      const mosquitto = await Mosquitto.start();
      const connected = () => {
        const broker = connectBroker({ ...given, url: mosquitto.url });
        return {
          broker,
          close: async () => {
            await broker.close();
            await mosquitto.remove();
          },
          restart: async () => {
            await broker.close();
            return connected();
          },
        };
      };
      return connected();
    });
  });

  it("is spoken to in MQTT 5", async () => {
    const said: unknown[] = [];
    const log = { ...silentLog, info: (...line: unknown[]) => void said.push(line) };
    const mosquitto = await start();
    const broker = reach(mosquitto, { log });
    await broker.ready(5_000);
    expect(said).toEqual([["connected to MQTT broker", { address: mosquitto.url, protocol: "5" }]]);
  });

  it("lets in who knows the password, and tells everyone else which settings to mend", async () => {
    const mosquitto = await start({ mlops_user: "right" });
    const known = reach(mosquitto, { username: "mlops_user", password: "right" });
    await known.ready(5_000);
    await known.publish(message("a", 1));
    const stranger = reach(mosquitto, { username: "mlops_user", password: "wrong" });
    const refusal = {
      name: "ConfigError",
      message: expect.stringMatching(/"mlops_user".*MQTT_USERNAME and MQTT_PASSWORD/),
    };
    await expect(stranger.ready(5_000)).rejects.toMatchObject(refusal);
    await expect(stranger.publish(message("a", 1))).rejects.toMatchObject(refusal);
    await expect(new Reading(stranger, ["a"]).batch()).rejects.toMatchObject(refusal);
  });

  it("says which topic it may not use, and goes on with the others", async () => {
    const mosquitto = await start({ me: "right" }, "user me\ntopic readwrite allowed\n");
    const broker = reach(mosquitto, { username: "me", password: "right" });
    await expect(broker.publish(message("forbidden", 1))).rejects.toMatchObject({
      name: "Error",
      message: expect.stringMatching(/publish to forbidden .*allow it to "me"/),
    });
    await broker.publish(message("allowed", 1));
    expect(broker.state()).toBe("connected");
  });

  it("acknowledges a batch when the next is asked for, and not before", async () => {
    const mosquitto = await start();
    const publisher = reach(mosquitto);
    const before = reach(mosquitto);
    const first = new Reading(before, ["a"], { session: "same" });
    await subscribed(before, first, "a");
    for (const i of numbers(0, 3)) await publisher.publish(message("a", i));
    expect(await first.texts(3)).toEqual(["a 0", "a 1", "a 2"]);
    await publisher.publish(message("a", 3));
    const [handed] = await first.batch();
    expect(Buffer.from(handed!.payload).toString()).toBe("3");
    // It goes without asking again, as a process that is killed does.
    await before.close();
    const after = reach(mosquitto);
    const second = new Reading(after, ["a"], { session: "same" });
    await publisher.publish(message("a", 4));
    const came = await second.hold(2);
    expect(came.map(({ payload, dup }) => [Buffer.from(payload).toString(), dup])).toEqual([
      ["3", true],
      ["4", false],
    ]);
    await second.end();
  });

  it("keeps messages for a reader that is away", async () => {
    const mosquitto = await start();
    const publisher = reach(mosquitto);
    const before = reach(mosquitto);
    const first = new Reading(before, ["a"], { session: "same" });
    await subscribed(before, first, "a");
    await first.end();
    await before.close();
    await Promise.all(numbers(0, 500).map((i) => publisher.publish(message("a", i))));
    const second = new Reading(reach(mosquitto), ["a"], { session: "same" });
    expect(await second.texts(500)).toEqual(numbers(0, 500).map((i) => `a ${i}`));
    await second.end();
  });

  it("is read again after an orderly restart, with what it had kept and nothing twice", async () => {
    const mosquitto = await start();
    const broker = reach(mosquitto);
    const reading = new Reading(broker, ["a"]);
    await subscribed(broker, reading, "a");
    await Promise.all(numbers(0, 100).map((i) => broker.publish(message("a", i))));
    // The reader is in the middle of a batch when the broker goes.
    const heard = (await reading.batch()).map(({ payload }) => Buffer.from(payload).toString());
    await mosquitto.kill("SIGTERM");
    while (broker.state() !== "away") await new Promise((resolve) => setTimeout(resolve, 5));
    reading.ask();
    await mosquitto.run();
    await broker.ready(10_000);
    await Promise.all(numbers(100, 200).map((i) => broker.publish(message("a", i))));
    const all = [...heard.filter((text) => text !== "ready?").map((text) => `a ${text}`)];
    all.push(...(await reading.texts(200 - all.length)));
    expect(all).toEqual(numbers(0, 200).map((i) => `a ${i}`));
    await reading.end();
  });

  it("is subscribed to anew where it was killed and has forgotten us", async () => {
    const mosquitto = await start();
    const broker = reach(mosquitto);
    const reading = new Reading(broker, ["a"]);
    await subscribed(broker, reading, "a");
    await mosquitto.kill("SIGKILL");
    while (broker.state() !== "away") await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(broker.publish(message("a", 0))).rejects.toMatchObject({ name: "DisconnectedError" });
    await mosquitto.run();
    await broker.ready(10_000);
    await subscribed(broker, reading, "a");
    await broker.publish(message("a", 1));
    expect(await reading.texts(1)).toEqual(["a 1"]);
    await reading.end();
  });

  it("keeps whether we are online: after a restart of the broker too, and offline once we have left", async () => {
    const mosquitto = await start();
    const broker = reach(mosquitto, { announce: "layerstream/status" });
    const kept = async (status: string) => {
      const watcher = reach(mosquitto);
      const reading = new Reading(watcher, ["layerstream/status"]);
      expect((await reading.take(1)).map(({ payload }) => Buffer.from(payload).toString())).toEqual([status]);
      await reading.end();
      await watcher.close();
    };
    await broker.ready(5_000);
    await kept("online");
    // Killed, it has forgotten what it kept.
    await mosquitto.kill("SIGKILL");
    while (broker.state() !== "away") await new Promise((resolve) => setTimeout(resolve, 5));
    await mosquitto.run();
    await kept("online");
    await broker.close();
    await kept("offline");
  });

  it("goes on where it may not say that it is online, and says what to allow", async () => {
    const mosquitto = await start({ me: "right" }, "user me\ntopic readwrite allowed\n");
    const said: unknown[] = [];
    const log = { ...silentLog, warn: (...line: unknown[]) => void said.push(line) };
    const broker = reach(mosquitto, { username: "me", password: "right", announce: "layerstream/status", log });
    await broker.tried(5_000);
    await broker.publish(message("allowed", 1));
    const reason = expect.stringMatching(/publish to layerstream\/status .*allow it to "me" in the broker$/);
    expect(said).toEqual([["status not published", { reason }]]);
  });
});
