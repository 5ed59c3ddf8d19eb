import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { connectAsync } from "mqtt";
import { components } from "../src/components.js";
import { type MqttBroker, mqttBroker } from "../src/connections/mqtt/broker.js";
import { startEmbeddedBroker } from "../src/connections/mqtt/embedded.js";
import { connectBroker } from "../src/connections/mqtt/network.js";
import { Registry } from "../src/streams/component/registry.js";
import { provide, silentLog } from "../src/streams/contract/context.js";
import { Run } from "../src/streams/runtime/run.js";
import { systemClock } from "../src/streams/time/clock.js";
import { compile } from "../src/streams/topology/compile.js";
import { HOSTILE, HUGE } from "./hostile.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { until } from "./program.js";

const COUNT = 2_000;
/** Dead letters that a run keeps. */
const KEPT = 1_000;
const LIMIT = 100;

/** A source with little room in front of a sink with little room. */
const PIPELINE = `name: hostile
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"], limit: ${LIMIT} }
sinks:
  out: { type: mqtt, from: sensors, topic: "out/{key}", limit: ${LIMIT} }
`;

interface Reached {
  readonly broker: MqttBroker;
  readonly url: string;
  readonly close: () => Promise<void>;
}

async function embedded(): Promise<Reached> {
  const { broker, address, close } = await startEmbeddedBroker({
    host: "127.0.0.1",
    port: 0,
    fallbackToFreePort: false,
    log: silentLog,
  });
  return { broker, url: address, close };
}

async function mosquitto(): Promise<Reached> {
  const server = await Mosquitto.start();
  const broker = connectBroker({ clientId: "test", url: server.url, clock: systemClock, log: silentLog });
  return { broker, url: server.url, close: () => broker.close().then(() => server.remove()) };
}

const brokers: readonly (readonly [string, () => Promise<Reached>])[] = [
  ["the embedded broker", embedded],
  ...(mosquittoProgram ? ([["mosquitto", mosquitto]] as const) : []),
];

/** Large ones once, the others in turn. */
function hostile(i: number) {
  const usual = HOSTILE.filter(({ payload }) => payload.length < HUGE);
  return i < HOSTILE.length ? HOSTILE[i]! : usual[i % usual.length]!;
}

describe.each(brokers)("messages that are no readings, among readings, over %s", (_, open) => {
  let reached: Reached;
  beforeEach(async () => {
    reached = await open();
  });
  afterEach(() => reached.close());

  it("become dead letters, each with its reason; every reading comes through, and little waits at any time", async () => {
    const compiled = compile({ path: "hostile.yaml", text: PIPELINE }, new Registry(components), {});
    if ("problems" in compiled) throw new Error(JSON.stringify(compiled.problems));
    const run = new Run({
      topologies: [compiled.topology],
      resources: new Map([provide(mqttBroker, reached.broker)]),
      log: silentLog,
      live: true,
    });
    await run.open();
    const { deadLetters } = run;
    const ended = run.start();
    const client = await connectAsync(reached.url, { protocolVersion: 4, reconnectPeriod: 0 });
    const publish = (id: string, payload: string | Buffer) =>
      client.publishAsync(`printing/${id}/sensor`, payload, { qos: 1 });
    const reading = (i: number) =>
      JSON.stringify({ printer_id: "my printer", timestamp: Date.UTC(2026, 0, 1) + i * 1000, n: i });
    const heard: string[] = [];
    client.on("message", (_, payload) => void heard.push(payload.toString()));
    await client.subscribeAsync("out/+", { qos: 1 });
    // What is published before the source has subscribed goes to no one.
    await until(async () => {
      await publish("warm up", reading(-1).replace("my printer", "warm up"));
      return heard.length > 0;
    });

    let most = 0;
    // The run keeps so many of its newest dead letters: they are looked at when they are all of one half.
    for (let half = 0; half < COUNT; half += KEPT) {
      for (let i = half; i < half + KEPT; i += 50) {
        const some = Array.from({ length: 50 }, (_, j) => i + j);
        await Promise.all(
          some.flatMap((j) => [publish(hostile(j).id, hostile(j).payload), publish("my printer", reading(j))]),
        );
        most = Math.max(most, ...run.status().map(({ inFlight }) => inFlight));
      }
      await until(() => deadLetters.total === half + KEPT);
      expect(deadLetters.kept).toHaveLength(KEPT);
      deadLetters.kept.forEach(({ reason, place, payload }, i) => {
        const { id, reason: expected } = hostile(half + i);
        expect({ reason, place }).toEqual({ reason: expect.stringMatching(expected), place: `printing/${id}/sensor` });
        expect(String(payload).length).toBeLessThanOrEqual(1024);
      });
    }
    const readings = () => heard.filter((text) => text.includes("my printer"));
    await until(() => readings().length >= COUNT);
    await client.endAsync();
    await run.stop();
    await ended;

    expect(readings()).toEqual(Array.from({ length: COUNT }, (_, i) => reading(i)));
    // A source that finds room reads one batch more, and that is at most what it may hold.
    expect(most).toBeLessThanOrEqual(2 * LIMIT);
  }, 60_000);
});
