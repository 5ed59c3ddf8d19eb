import { z } from "zod";
import { mqttBroker, type MqttBroker } from "../../connections/mqtt/broker.js";
import { fitsLevel } from "../../connections/mqtt/filters.js";
import { defineSink } from "../../streams/component/define.js";
import type { Sink } from "../../streams/component/definition.js";
import { DisconnectedError, messageOf, PartialWriteError } from "../../streams/component/errors.js";
import { spoolSize, topicName } from "../../streams/component/fields.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { advise } from "./advice.js";
import { payloadOf } from "./message.js";

const Options = z.strictObject({
  topic: topicName.meta({ description: "Where to publish; {key} stands for the printer id." }),
  qos: z.literal([0, 1, 2]).default(1).meta({
    description:
      "0: a message may be lost on the way. 1: the broker has it once it counts as written, and may get it twice. 2: never twice while the connection lasts.",
  }),
  retain: z.boolean().default(false).meta({
    description:
      "The broker keeps the newest of each topic for whoever subscribes later: for states, not for commands.",
  }),
  spool: spoolSize.prefault("1 GiB").meta({
    description:
      "While the broker is away or slow, records wait on disk, in STATE_DIR, up to so much; there they survive a restart. " +
      "0: all wait in memory.",
  }),
  limit: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .meta({ description: "So many records wait in memory: without a spool, or where its disk takes no more." }),
  overflow: z.enum(["block", "drop-oldest"]).default("block").meta({
    description: "Beyond spool and limit, block lets the sources wait, drop-oldest lets the oldest go and says so.",
  }),
});
type Options = z.output<typeof Options>;

/**
 * Publishes records as flat JSON, one message each, in order. While the broker is away records wait on disk, up to `spool`;
 * what was under way when a connection or the program broke off is published again, so a reader may see it twice. A record whose key cannot stand in a topic, and
 * one that the broker will not take, is a dead letter.
 */
export const mqtt = defineSink({
  type: "mqtt",
  summary: "Publishes records as JSON messages to an MQTT broker.",
  options: Options,
  needs: [mqttBroker],
  examples: [
    { topic: "printing/{key}/sensor" },
    { topic: "layerstream/{key}/anomaly", qos: 0, retain: true, overflow: "drop-oldest" },
  ],
  accepts: "any",
  reaches: "network",
  buffer: ({ limit, overflow, spool }) => ({ size: Math.min(256, limit), wait: 0, limit, overflow, spool }),
  advise,
  open: (options, context) => publishing(options, context.resource(mqttBroker)),
});

function publishing({ topic, qos, retain }: Options, broker: MqttBroker): Sink<unknown> {
  const publish = async (record: StreamRecord): Promise<void> => {
    if (!fitsLevel(record.key)) throw new Error(`the key ${JSON.stringify(record.key)} cannot stand in a topic`);
    await broker.publish({
      topic: topic.replaceAll("{key}", () => record.key),
      payload: payloadOf(record),
      qos,
      retain,
    });
  };
  return {
    async write(batch) {
      const refused = new Map<number, string>();
      // All at once: the broker session keeps the order, and a round trip each would be slow.
      const outcomes = await Promise.allSettled(batch.map(publish));
      outcomes.forEach((outcome, i) => {
        if (outcome.status === "fulfilled") return;
        const cause: unknown = outcome.reason;
        if (cause instanceof DisconnectedError) throw cause;
        refused.set(i, messageOf(cause));
      });
      if (refused.size > 0) throw new PartialWriteError(refused);
      return undefined;
    },
  };
}
