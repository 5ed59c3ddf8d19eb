import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { ConfigError } from "../../streams/component/errors.js";
import { duration, fieldName, positiveDuration } from "../../streams/component/fields.js";
import { checkFields } from "../../streams/component/inputs.js";
import { late, type RecordType } from "../../streams/record/record-type.js";
import { Join } from "./join.js";

const Options = z.strictObject({
  fields: z
    .array(fieldName)
    .min(1, { error: "name at least one field" })
    .refine((fields) => new Set(fields).size === fields.length, { error: "name each field once" })
    .meta({ description: "Fields of the second input that are put onto the records of the first." }),
  prefix: z
    .string()
    .regex(/^([A-Za-z_][A-Za-z0-9_]*)?$/, { error: "write letters, digits and _, as in room_" })
    .default("")
    .meta({ description: "Written before their names. A field of the first input that has such a name is replaced." }),
  within: duration.meta({ description: "How far the event times of two records that belong together may be apart." }),
  match: z.enum(["latest", "nearest"], { error: "write latest or nearest" }).default("latest").meta({
    description: "Which record of the second input: the latest that is not after, or the nearest before or after.",
  }),
  keep: z.enum(["inner", "left"], { error: "write inner or left" }).default("inner").meta({
    description: "inner: a record without a partner goes to `node.unmatched`. left: it goes on without those fields.",
  }),
  lateness: duration.prefault("0s").meta({
    description: "How far a record may lie behind the newest one of its key and input, in event time.",
  }),
  wait: positiveDuration.prefault("1m").meta({
    description:
      "How far one input may run ahead of the other, in event time. Beyond it, records go without a partner.",
  }),
  keys: z.int().min(1).default(10_000).meta({
    description: "For so many keys records are kept; over it, those of the longest silent keys are let go.",
  }),
  records: z.int().min(1).default(10_000).meta({
    description: "So many records of a key and input are held; what comes beyond is a dead letter.",
  }),
});

/**
 * Joins two inputs by key and event time: to each record of the first in `from` it adds fields of one record of the
 * second. Of several at one time the first counts, and of two equally near the earlier. What comes out is in order of
 * event time for each key and the same however the two inputs interleave, since a record waits until the second input has
 * come as far as it takes to know: its partner cannot change any more. A record behind its own input's lateness goes to
 * `node.late`.
 *
 * An input that goes silent or away is not waited for, and one that lags by more than `wait` neither. Holds in memory the
 * records that wait, and of the second input the chosen fields over `within` and `wait` for each key.
 */
export const join = defineOperator({
  type: "join",
  summary: "Adds fields of another input's record of the same key and about the same time.",
  options: Options,
  examples: [
    { fields: ["humidity"], within: "1m", match: "nearest", keep: "left" },
    { fields: ["anomaly_score"], within: "5s", prefix: "model_", lateness: "2s" },
  ],
  accepts: ["reading", "features", "prediction"],
  emits: (inputs, { fields, prefix }) => {
    const [left, right] = pair(inputs);
    checkFields([right], fields);
    const added = fields.map((field) => prefix + field);
    return left.fields ? { ...left, fields: [...new Set([...left.fields, ...added])] } : left;
  },
  sides: (inputs, { keep }): Readonly<Record<string, RecordType>> =>
    keep === "inner" ? { unmatched: pair(inputs)[0], late } : { late },
  stateful: true,
  // What is kept of the second input are these fields, in this order.
  stateOf: ({ fields }) => ({ fields }),
  ownTime: true,
  open: (options) => new Join(options),
});

function pair(inputs: readonly RecordType[]): readonly [left: RecordType, right: RecordType] {
  const [left, right] = inputs;
  if (inputs.length !== 2 || !left || !right)
    throw new ConfigError(`it joins two inputs, and reads ${inputs.length}; write from: [first, second]`);
  return [left, right];
}
