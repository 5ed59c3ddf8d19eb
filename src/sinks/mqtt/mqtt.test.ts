import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mqttBroker } from "../../connections/mqtt/broker.js";
import { type EmbeddedBroker, startEmbeddedBroker } from "../../connections/mqtt/embedded.js";
import { contextFor, provide, silentLog } from "../../streams/contract/context.js";
import { RecordMaker } from "../../streams/contract/records.js";
import { sinkContract } from "../../streams/contract/sink.js";
import type { Sink } from "../../streams/component/definition.js";
import { mqtt } from "./index.js";

let embedded: EmbeddedBroker;
let received: { topic: string; payload: string; retain: boolean }[];
let stop: AbortController;
let reading: Promise<void>;

beforeEach(async () => {
  embedded = await startEmbeddedBroker({ host: "127.0.0.1", port: 0, fallbackToFreePort: true, log: silentLog });
  received = [];
  stop = new AbortController();
  reading = (async () => {
    const subscription = { filters: ["#"], qos: 1 as const, session: "watcher", limit: 10_000 };
    for await (const batch of embedded.broker.subscribe(subscription, stop.signal))
      for (const { topic, payload, retain } of batch)
        received.push({ topic, payload: Buffer.from(payload).toString(), retain });
  })();
});
afterEach(async () => {
  stop.abort();
  await reading;
  await embedded.close();
});

const open = (options: object = {}): Sink<unknown> =>
  mqtt.open(
    mqtt.options.parse({ topic: "printing/{key}/sensor", ...options }),
    contextFor({ resources: [provide(mqttBroker, embedded.broker)] }),
  ) as Sink<unknown>;
/** What has arrived once everything published so far has. */
const arrived = async () => {
  await new Promise((resolve) => setImmediate(resolve));
  return received;
};

describe("sink: mqtt", () => {
  const records = new RecordMaker();
  sinkContract({
    definition: mqtt,
    open: () => {
      received.length = 0;
      return open();
    },
    records: Array.from({ length: 300 }, (_, n) => records.at("printer_1", n, { n })),
    written: arrived,
    repeatable: false,
  });

  it("publishes a reading as it came, and says whose and of when it is where the reading does not", async () => {
    const made = new RecordMaker();
    const asItCame = { printer_id: "printer_1", timestamp: "2023-06-15T14:32:10Z", roughness: 32, anomaly: null };
    await open().write([made.at("printer_1", 0, asItCame), made.at("printer_2", 1, { roughness: 40 })]);
    expect((await arrived()).map(({ topic, payload }) => [topic, JSON.parse(payload)])).toEqual([
      ["printing/printer_1/sensor", asItCame],
      [
        "printing/printer_2/sensor",
        { roughness: 40, printer_id: "printer_2", timestamp: expect.stringMatching(/^\d{4}-.*Z$/) },
      ],
    ]);
  });

  it("puts aside a key that would change the topic, and publishes the others", async () => {
    const made = new RecordMaker();
    const batch = ["a", "b/control", "+", "c"].map((key) => made.at(key, 0, { n: 1 }));
    await expect(open().write(batch)).rejects.toMatchObject({
      name: "PartialWriteError",
      refused: new Map([
        [1, 'the key "b/control" cannot stand in a topic'],
        [2, 'the key "+" cannot stand in a topic'],
      ]),
    });
    expect((await arrived()).map(({ topic }) => topic)).toEqual(["printing/a/sensor", "printing/c/sensor"]);
  });

  it("asks for the same batch again when the broker is away", async () => {
    const sink = open();
    await embedded.close();
    await expect(sink.write([new RecordMaker().at("printer_1", 0, { n: 1 })])).rejects.toMatchObject({
      name: "DisconnectedError",
    });
  });

  it("keeps the newest of each topic where asked to", async () => {
    await open({ retain: true }).write([new RecordMaker().at("printer_1", 0, { n: 1 })]);
    await arrived();
    const later = new AbortController();
    const subscription = { filters: ["printing/#"], qos: 1 as const, session: "later", limit: 10 };
    for await (const [message] of embedded.broker.subscribe(subscription, later.signal)) {
      expect(message).toMatchObject({ topic: "printing/printer_1/sensor", retain: true });
      later.abort();
    }
  });
});
