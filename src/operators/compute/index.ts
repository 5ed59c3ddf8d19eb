import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { fieldName } from "../../streams/component/fields.js";
import { sameType } from "../../streams/component/inputs.js";
import { expression } from "../../streams/expression/field.js";
import type { RecordType } from "../../streams/record/record-type.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { adder } from "./add.js";

/** Names that mean something else: the address of a record, its mark, what every expression knows. */
const TAKEN: ReadonlySet<string> = new Set(["printer_id", "timestamp", "kind", "key", "time"]);

const Options = z.strictObject({
  set: z
    .record(
      fieldName.refine((name) => !TAKEN.has(name) && !(name in Object.prototype), {
        error: `choose another name: ${[...TAKEN].join(", ")} are taken`,
      }),
      expression,
    )
    .refine((set) => Object.keys(set).length > 0, { error: "name at least one field to compute" })
    .meta({ description: "Fields to add or replace, each by an expression. Each sees those above it." }),
});

/**
 * Adds fields to readings, features or predictions. A field whose expression is not known (something it needs was not
 * measured, or the result is not finite) is left out of this record; of features it is NaN. Features and predictions hold
 * numbers alone: true is 1 and false is 0 there, and text is not known. Holds nothing in memory.
 */
export const compute = defineOperator({
  type: "compute",
  summary: "Adds fields that are computed from the others of the record.",
  options: Options,
  examples: [
    { set: { nozzle_error: "nozzle_target - nozzle_temp" } },
    { set: { hot: "nozzle_temp > 250", effort: "hot ? nozzle_power * 2 : nozzle_power" } },
  ],
  accepts: ["reading", "features", "prediction"],
  emits(inputs, { set }): RecordType {
    const type = sameType(inputs);
    return type.fields ? { ...type, fields: [...new Set([...type.fields, ...Object.keys(set)])] } : type;
  },
  stateful: false,
  open({ set }) {
    const add = adder(Object.entries(set));
    return { process: (record: StreamRecord, output) => output.emit(add(record)) };
  },
});
