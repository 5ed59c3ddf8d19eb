import { z } from "zod";
import { fieldName, positiveDuration } from "../../streams/component/fields.js";
import { condition } from "../../streams/expression/field.js";

export const Options = z.strictObject({
  field: fieldName.meta({ description: "What is watched. A record that lacks it changes nothing." }),
  delta: z
    .number()
    .gt(0, { error: "write a number above 0" })
    .lt(1, { error: "write a number below 1" })
    .default(0.002)
    .meta({
      description: "How likely chance alone may pass for a change, 0 to 1. Less is later and surer.",
    }),
  min_change: z.number().min(0, { error: "write 0 or more" }).default(0).meta({
    description: "A change of the mean below this does not matter, in the field's unit.",
  }),
  settle: positiveDuration.prefault("5m").meta({
    description: "An episode ends when no further change was found for so long, in event time.",
  }),
  while: condition.optional().meta({
    description: "Records for which this does not hold are left out: a printer that heats up does not drift.",
  }),
  by: fieldName.optional().meta({
    description: "Where this field changes, all is forgotten: another job_id or material is no drift.",
  }),
  keys: z.int().min(1).default(10_000).meta({
    description: "For so many keys the past is kept; over it, that of the longest silent keys is let go.",
  }),
});
export type Options = z.output<typeof Options>;
