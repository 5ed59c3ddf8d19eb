import { mqttBroker } from "../../connections/mqtt/broker.js";
import { defineSink } from "../../streams/component/define.js";
import { adjustment } from "../../streams/record/record-type.js";
import { ownAdvice, rivals } from "./advice.js";
import { answering } from "./answer.js";
import { controlMode, type ControlMode } from "./mode.js";
import { Options } from "./options.js";

/**
 * Adjusts a printer when an episode begins and takes it back when its last episode ends. One message each, QoS 1, never
 * retained: a printer that reboots must not obey an old command. The same verdict always has the same `command_id`.
 *
 * An adjustment is withheld, and said so, where its data is old, the printer was adjusted a moment ago or too often, or
 * it expired while the broker was away. A verdict that comes again for an open episode (`remind` of threshold) gets it
 * another chance. The end of an episode is never held back by cooldown or limit; it is sent where the beginning was
 * sent, or may have been by an earlier run. Whether the printer prints is for the operator in front to say (`while`).
 *
 * While the broker is away verdicts wait; beyond the buffer the oldest go, whose adjustments have long expired. Holds the
 * open episodes and last commands of 100,000 printers in memory and in checkpoints, and notes in the journal each command
 * once the broker has it, and each that it withheld. So a verdict that is read again after a crash is not answered again or
 * otherwise; one that was answered in the very moment of the crash is, while it is fresh, with the same id.
 */
export const feedback = defineSink({
  type: "feedback",
  summary: "Publishes adjustments to printers when an episode begins and ends.",
  options: Options,
  examples: [
    { topic: "printer/control/{key}", adjust: { speed: 50 }, cooldown: "10s" },
    { adjust: { speed: 80, fan: 100 }, restore: { speed: 100, fan: 40 }, limit: { count: 3, per: "1h" } },
    { adjust: { pause: true }, mode: "advise" },
  ],
  needs: [mqttBroker, controlMode],
  accepts: ["verdict"],
  emits: () => adjustment,
  urgent: true,
  deeds: true,
  reaches: "network",
  buffer: () => ({ size: 64, wait: 0, limit: 10_000, overflow: "drop-oldest" }),
  advise: (options, place) => [...ownAdvice(options), ...rivals(options, place)],
  open(options, context) {
    const broker = context.resource(mqttBroker);
    const mode: ControlMode = options.mode ? { mode: options.mode } : context.resource(controlMode);
    return answering(options, context, {
      started: context.live ? context.clock.now() : -Infinity,
      now: (record) => (context.live ? context.clock.now() : record.eventTime),
      outcome: (key) => ((mode.printers?.get(key) ?? mode.mode) === "auto" ? "sent" : "advised"),
      publish: (topic, payload) => broker.publish({ topic, payload, qos: 1, retain: false }),
      ...(context.deeds && { deeds: context.deeds }),
    });
  },
  rehearse: (options, context) =>
    answering(options, context, {
      started: -Infinity,
      now: (record) => record.eventTime,
      outcome: () => "rehearsed",
      publish: () => Promise.resolve(),
    }),
});
