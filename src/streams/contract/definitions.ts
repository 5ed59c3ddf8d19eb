import { z } from "zod";
import { defineOperator, defineSink, defineSource } from "../component/define.js";
import type { NodeView } from "../component/definition.js";
import { ConfigError } from "../component/errors.js";
import { duration, fieldName, positiveDuration, topicFilter, topicName } from "../component/fields.js";
import { Registry } from "../component/registry.js";
import { adjustment, features, late, reading, verdict, windowed } from "../record/record-type.js";

const nothing = { process() {} };
const written = { write: () => Promise.resolve(undefined) };
const policy = { size: 100, wait: 0, limit: 1000, overflow: "block" } as const;

const mqtt = defineSource({
  type: "mqtt",
  summary: "Reads readings from a broker.",
  options: z.strictObject({
    topics: z.array(topicFilter).min(1).meta({ description: "Topic filters to subscribe to." }),
    qos: z
      .union([z.literal(0), z.literal(1)])
      .prefault(1)
      .meta({ description: "Quality of service." }),
    decode: z.enum(["sensor-reading", "json"]).prefault("sensor-reading").meta({ description: "How to read them." }),
    password: z.string().optional().meta({ description: "Password at the broker." }),
  }),
  examples: [{ topics: ["printing/+/sensor"] }],
  emits: () => reading,
  finite: () => false,
  advise: ({ topics }) =>
    topics.flatMap((topic, i) =>
      topic === "#" ? [{ severity: "warning" as const, message: "takes every topic", path: ["topics", i] }] : [],
    ),
  open: () => ({ async *read() {} }),
});

const window = defineOperator({
  type: "window",
  summary: "Groups records into windows.",
  options: z.strictObject({
    size: positiveDuration.meta({ description: "Length of a window." }),
    lateness: duration.prefault("0s").meta({ description: "How late a record may be." }),
    late: z.enum(["drop", "side"]).prefault("drop").meta({ description: "What becomes of late records." }),
  }),
  examples: [{ size: "10s" }, { size: "1m", lateness: "5s" }],
  accepts: ["reading"],
  emits: () => windowed,
  sides: (_, options) => (options.late === "side" ? { late } : {}) as Record<string, typeof late>,
  stateful: true,
  open: () => nothing,
});

const extract = defineOperator({
  type: "extract",
  summary: "Computes features of a window.",
  options: z.strictObject({ fields: z.array(fieldName).min(1).meta({ description: "Fields to look at." }) }),
  examples: [{ fields: ["roughness"] }],
  accepts: ["window"],
  emits: (_, options) => features(options.fields),
  demands: (options) => ({ fields: options.fields, samples: false }),
  stateful: false,
  open: () => nothing,
});

const threshold = defineOperator({
  type: "threshold",
  summary: "Says when a field goes over a limit.",
  options: z
    .strictObject({
      field: fieldName.meta({ description: "The field to watch." }),
      above: z.number().meta({ description: "The limit." }),
      clear: z.number().optional().meta({ description: "Where an episode ends." }),
    })
    .refine(({ above, clear }) => clear === undefined || clear <= above, {
      error: "clear lies above the limit",
      path: ["clear"],
    }),
  examples: [{ field: "roughness", above: 75, clear: 70 }],
  accepts: ["reading", "features"],
  emits([input], { field }) {
    if (input!.fields && !input!.fields.includes(field)) throw new ConfigError(`no feature is called "${field}"`);
    return verdict;
  },
  stateful: true,
  open: () => nothing,
});

const pass = defineOperator({
  type: "pass",
  summary: "Passes records on.",
  options: z.strictObject({}),
  examples: [{}],
  accepts: "any",
  emits: ([input]) => input!,
  stateful: false,
  open: () => nothing,
});

const feedback = defineSink({
  type: "feedback",
  summary: "Publishes adjustments.",
  options: z.strictObject({
    topic: topicName.meta({ description: "Where to." }),
    adjust: z
      .strictObject({ speed: z.number().min(1).max(200).optional(), pause: z.boolean().optional() })
      .meta({ description: "What to change." }),
    cooldown: duration.prefault("0s").meta({ description: "Pause between two adjustments." }),
  }),
  examples: [{ topic: "printer/control/{key}", adjust: { speed: 50 }, cooldown: "10s" }],
  accepts: ["verdict"],
  emits: () => adjustment,
  urgent: true,
  reaches: "network",
  buffer: () => policy,
  advise(_, { upstream }: NodeView) {
    const deciders = upstream.filter(({ definition }) => definition.type === "threshold");
    return deciders.length > 1 ? [{ severity: "error" as const, message: "two rules decide", path: ["adjust"] }] : [];
  },
  open: () => written,
});

const table = defineSink({
  type: "table",
  summary: "Writes rows.",
  options: z.strictObject({
    bucket: z.string().prefault("quality").meta({ description: "Where the rows go." }),
    token: z.string().optional().meta({ description: "Token of the database." }),
    retry: z
      .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("never") }),
        z.strictObject({ kind: z.literal("times"), times: z.int().min(1) }),
      ])
      .optional()
      .meta({ description: "What to do where a write fails." }),
    only: z
      .union([fieldName, z.array(fieldName)])
      .optional()
      .meta({ description: "Fields to write." }),
  }),
  examples: [{}, { bucket: "test", retry: { kind: "times", times: 3 } }],
  accepts: "any",
  reaches: "network",
  buffer: () => policy,
  open: () => written,
});

/** A small set of components that do nothing, for tests of what is made of their definitions. */
export const smallRegistry = new Registry([mqtt, window, extract, threshold, pass, feedback, table]);
