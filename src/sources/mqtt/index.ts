import { mqttBroker, SubscriptionLine } from "../../connections/mqtt/broker.js";
import type { Context } from "../../streams/component/context.js";
import { defineSource } from "../../streams/component/define.js";
import type { Source } from "../../streams/component/definition.js";
import { reading } from "../../streams/record/record-type.js";
import { Positions } from "../../streams/record/partition.js";
import type { Reading } from "../../streams/record/values.js";
import { advise } from "./advice.js";
import { Intake } from "./intake.js";
import { Options } from "./options.js";

/**
 * What an earlier run took in and could not acknowledge comes again within so many ms, if its sender is there; not all of them
 * say that they send it again, as MQTT would have it (MQTT.js does not).
 */
const SETTLED_AFTER = 60_000;
/** Of what is heard aside, which no one keeps. */
const PARTITIONS = 1;

/**
 * Reads the sensor readings that printers publish. A message is acknowledged when the batch that it came in was taken in,
 * so with QoS 1 none is lost, whoever goes away, and one may come twice.
 *
 * A message that is no reading is a dead letter with its topic and reason. Holds at most `limit` messages, and of each
 * printer the time of its newest reading; beyond the limit the broker keeps them, and those of QoS 0 are dropped, counted
 * and said in the log.
 */
export const mqtt = defineSource({
  type: "mqtt",
  summary: "Reads sensor readings from an MQTT broker.",
  options: Options,
  needs: [mqttBroker],
  examples: [
    { topics: ["printing/+/sensor"] },
    { topics: ["printing/+/sensor"], presence: ["printing/+/status"], idle: "30s" },
    { topics: ["site/+/printer/+/sensor"], key: 4, limit: 1000, skew: { past: "30d", future: "5m" } },
  ],
  emits: () => reading,
  finite: () => false,
  keeps: ({ durability }) => (durability === "none" ? undefined : durability),
  advise,
  open,
});

function open(options: Options, context: Context): Source<Reading> {
  const { topics, presence, qos, limit, idle } = options;
  const broker = context.resource(mqttBroker);
  const subscription = {
    filters: [...topics, ...presence],
    qos,
    session: options.session ?? `${context.pipeline}-${context.node}`,
    limit,
  };
  const line = new SubscriptionLine();
  const intake = new Intake(options, context);
  return {
    async *read(stop) {
      const settled = context.clock.now() + SETTLED_AFTER;
      for await (const messages of broker.subscribe({ ...subscription, line }, stop)) {
        const repeated = messages.some(({ dup }) => dup);
        const doubtful = repeated || context.clock.now() < settled;
        yield intake.take(messages, doubtful ? await context.recentlyTaken?.(repeated) : undefined);
      }
    },
    async *aside(stop) {
      const positions = new Positions(`${context.node}-aside`, PARTITIONS);
      // What is refused is refused again, and counted then.
      const listening = new Intake(options, { ...context, positions, reject: () => undefined });
      const session = `${subscription.session}-aside`;
      for await (const messages of broker.subscribe({ ...subscription, qos: 0, session }, stop))
        yield listening.take(messages);
    },
    listens: () => line.stands,
    texts: () => intake.texts(),
    again: (topic, text) => intake.again(topic, text),
    recall: (batch) => intake.recall(batch),
    state: { newest: intake.newest },
    ...(idle > 0 && { idle, line }),
  };
}
