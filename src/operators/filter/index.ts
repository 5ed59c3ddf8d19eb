import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { sameType } from "../../streams/component/inputs.js";
import { condition } from "../../streams/expression/field.js";

const Options = z.strictObject({
  where: condition.meta({ description: "Which records go on. One that lacks a field of the comparison does not." }),
});

/**
 * Lets those records through for which a condition holds, unchanged. The others leave a time mark, so that windows behind
 * it still see the time pass. Holds nothing in memory.
 */
export const filter = defineOperator({
  type: "filter",
  summary: "Lets only those records through for which a condition holds.",
  options: Options,
  examples: [{ where: "roughness > 75" }, { where: "!exists(state) || state == 'printing'" }],
  accepts: "any",
  emits: (inputs) => sameType(inputs),
  stateful: false,
  open: ({ where }) => ({
    process(record, output) {
      if (where.holds(record)) output.emit(record);
    },
  }),
});
