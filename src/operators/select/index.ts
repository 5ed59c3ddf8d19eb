import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { fieldName } from "../../streams/component/fields.js";
import { checkFields, sameType } from "../../streams/component/inputs.js";
import { derive } from "../../streams/record/record.js";
import type { RecordType } from "../../streams/record/record-type.js";
import type { Features, FieldValue, Prediction, Reading } from "../../streams/record/values.js";
import { renaming } from "./fields.js";

/** A name as a message or a CSV header may have it: to be rid of odd ones is what this operator is for. */
const name = z.string().min(1);

const Options = z
  .strictObject({
    keep: z.array(name).min(1).optional().meta({
      description: "Only these fields and the renamed ones stay; printer_id and timestamp do so by themselves.",
    }),
    drop: z.array(name).min(1).optional().meta({ description: "These fields go, all others stay." }),
    rename: z
      .record(name, fieldName)
      .optional()
      .meta({ description: "New names by old ones. A field that has the new name already is replaced." }),
  })
  .superRefine(({ keep, drop, rename }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if (!keep && !drop && !rename) refuse([], "say which fields: write keep, drop or rename");
    if (keep && drop) refuse(["drop"], "write keep or drop, not both");
    const targets = Object.values(rename ?? {});
    const double = targets.find((target, i) => targets.indexOf(target) !== i);
    if (double !== undefined) refuse(["rename"], `two fields are renamed to ${double}; give each a name of its own`);
    const taken = targets.find((target) => target === "kind" || target in Object.prototype);
    if (taken !== undefined) refuse(["rename"], `no field may be called ${taken}; choose another name`);
  });

type Named = Readonly<Record<string, FieldValue | undefined>>;

/**
 * Keeps, drops and renames fields of readings, features and predictions. It moves no time and makes no value up: a field
 * that is not there stays so. Holds nothing in memory but the names of the last kind of features.
 */
export const select = defineOperator({
  type: "select",
  summary: "Keeps, drops or renames the fields of records.",
  options: Options,
  examples: [
    { keep: ["roughness", "nozzle_temp"] },
    { drop: ["vibration"] },
    { rename: { "Nozzle Temp (C)": "nozzle_temp" } },
  ],
  accepts: ["reading", "features", "prediction"],
  emits(inputs, options): RecordType {
    checkFields(inputs, [...(options.keep ?? []), ...(options.drop ?? []), ...Object.keys(options.rename ?? {})]);
    const type = sameType(inputs);
    return type.fields ? { ...type, fields: chosen(type.fields, renaming(options)).names } : type;
  },
  stateful: false,
  open(options) {
    const renamed = renaming(options);
    const pick = featurePicker(renamed);
    return {
      process(record, output) {
        const value = record.value as Reading | Features | Prediction;
        if (isFeatures(value)) output.emit(derive(record, pick(value)));
        else if (isPrediction(value)) output.emit(derive(record, { ...value, fields: picked(value.fields, renamed) }));
        else output.emit(derive(record, picked(value, renamed)));
      },
    };
  },
});

function isFeatures(value: Reading | Features | Prediction): value is Features {
  return value.kind === "features";
}

function isPrediction(value: Reading | Features | Prediction): value is Prediction {
  return value.kind === "prediction";
}

function picked<V extends Named>(fields: V, renamed: (field: string) => string | undefined): V {
  const result: Record<string, FieldValue | undefined> = {};
  const moved: [string, FieldValue | undefined][] = [];
  for (const field of Object.keys(fields)) {
    const to = renamed(field);
    if (to === field) result[field] = fields[field];
    else if (to !== undefined) moved.push([to, fields[field]]);
  }
  // Last, so that a renamed field wins wherever the other one stood.
  for (const [to, value] of moved) result[to] = value;
  return result as V;
}

/** Which features stay, as indexes into the old ones, and what they are called. */
function chosen(names: readonly string[], renamed: (field: string) => string | undefined) {
  const at = new Map<string, number>();
  for (const moves of [false, true])
    names.forEach((old, i) => {
      const to = renamed(old);
      if (to !== undefined && (to !== old) === moves) at.set(to, i);
    });
  return { names: [...at.keys()], indexes: [...at.values()] };
}

/** The names of features are one array shared by all records of a node: what is made of them is too. */
function featurePicker(renamed: (field: string) => string | undefined): (value: Features) => Features {
  let from: readonly string[] | undefined;
  let now: ReturnType<typeof chosen> = { names: [], indexes: [] };
  return (value) => {
    if (value.names !== from) {
      from = value.names;
      now = chosen(value.names, renamed);
    }
    return { ...value, names: now.names, values: Float64Array.from(now.indexes, (i) => value.values[i]!) };
  };
}
