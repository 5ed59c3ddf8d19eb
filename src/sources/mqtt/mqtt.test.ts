import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mqttBroker } from "../../connections/mqtt/broker.js";
import { type EmbeddedBroker, startEmbeddedBroker } from "../../connections/mqtt/embedded.js";
import type { Rejection } from "../../streams/component/context.js";
import type { Source } from "../../streams/component/definition.js";
import { contextFor, provide, silentLog } from "../../streams/contract/context.js";
import { sourceContract, take } from "../../streams/contract/source.js";
import { isMark, type StreamRecord } from "../../streams/record/record.js";
import type { Reading } from "../../streams/record/values.js";
import { systemClock } from "../../streams/time/clock.js";
import { mqtt } from "./index.js";

let embedded: EmbeddedBroker;
let rejected: Rejection[];
beforeEach(async () => {
  embedded = await startEmbeddedBroker({ host: "127.0.0.1", port: 0, fallbackToFreePort: true, log: silentLog });
  rejected = [];
});
afterEach(() => embedded.close());

const SAMPLE = {
  printer_id: "printer_1",
  timestamp: "2023-06-15T14:32:10Z",
  layer_height: 0.2,
  nozzle_temp: 215,
  bed_temp: 60,
  roughness: 32,
  anomaly: null,
};

function open(options: object = {}): Source<Reading> {
  const context = contextFor({
    clock: systemClock,
    live: true,
    rejected,
    resources: [provide(mqttBroker, embedded.broker)],
  });
  return mqtt.open(mqtt.options.parse({ topics: ["printing/+/sensor"], ...options }), context) as Source<Reading>;
}
const publish = (topic: string, payload: unknown) =>
  embedded.broker.publish({
    topic,
    payload: typeof payload === "string" ? payload : JSON.stringify(payload),
    qos: 1,
    retain: false,
  });

describe("source: mqtt", () => {
  sourceContract({
    definition: mqtt,
    open: () => open(),
    count: 20,
    emit: async () => {
      for (let i = 0; i < 20; i++)
        await publish(`printing/printer_${i % 3}/sensor`, { ...SAMPLE, printer_id: `printer_${i % 3}` });
    },
  });

  it("reads the message of the contract as it came", async () => {
    const [record] = await take(open(), 1, () => publish("printing/printer_1/sensor", SAMPLE));
    expect(record).toMatchObject({ key: "printer_1", eventTime: Date.parse(SAMPLE.timestamp), value: SAMPLE });
  });

  it("puts aside what is no reading, with topic and reason, and reads on", async () => {
    const [record] = await take(open(), 1, async () => {
      await publish("printing/printer_1/sensor", "{broken");
      await publish("printing/printer_2/sensor", SAMPLE);
      await publish("printing/printer_1/sensor", SAMPLE);
    });
    expect((record as StreamRecord<Reading>).value).toEqual(SAMPLE);
    expect(rejected).toEqual([
      expect.objectContaining({ place: "printing/printer_1/sensor", payload: "{broken" }),
      expect.objectContaining({ place: "printing/printer_2/sensor", reason: expect.stringContaining("printer_id") }),
    ]);
  });

  it("marks a printer as gone when its presence topic says so, after its last reading", async () => {
    const elements = await take(open({ presence: ["printing/+/status"] }), 2, async () => {
      await publish("printing/printer_1/sensor", SAMPLE);
      await publish("printing/printer_9/status", "offline");
      await publish("printing/printer_1/status", "offline");
    });
    expect(elements.map((element) => [element.key, isMark(element) && element.cause])).toEqual([
      ["printer_1", false],
      ["printer_1", "gone"],
    ]);
  });
});
