import { z } from "zod";
import { models } from "../../models/models.js";
import { defineOperator } from "../../streams/component/define.js";
import { duration, fieldName } from "../../streams/component/fields.js";
import { PoisonRecordError } from "../../streams/component/errors.js";
import { prediction } from "../../streams/record/record-type.js";
import { derive, type StreamRecord } from "../../streams/record/record.js";
import type { Features, Prediction } from "../../streams/record/values.js";
import { advise } from "./advice.js";
import { checkInputs } from "./check.js";
import { Gathering } from "./gather.js";

const Batching = z.strictObject({
  size: z.int().min(1).max(4096).default(256).meta({ description: "A batch goes when it has so many records…" }),
  wait: duration.prefault("20ms").meta({ description: "…or when the first of them has waited so long." }),
});

const Options = z.strictObject({
  model: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, { error: "write the name of a folder in models/: letters, digits, - and _" })
    .meta({ description: "The model: the name of its folder in `models/`." }),
  carry: z
    .array(fieldName)
    .default([])
    .meta({ description: "Features to copy into the prediction beside the model's outputs; left out where missing." }),
  batch: Batching.prefault({}).meta({ description: "How many records of all printers the model sees at once." }),
});

/**
 * Runs a model over features. What it says of a record depends on that record alone: on nothing before it, and on none
 * that shares its batch.
 *
 * Before any source starts it loads the model and holds it to its card (hashes, shape) and to what arrives: every feature
 * of the card must come in, in whatever order; those that the model does not know are left aside. A feature that was not
 * measured (NaN) is masked; where none was, nothing comes out. An autoencoder gives `anomaly_score` (0..1: the share of
 * healthy windows that look less odd; 0.5 is typical) and `anomaly_error` (1 is usual); a regressor gives what its card
 * says, in the unit of its target. A record that cannot be computed on is a dead letter. Holds one batch in memory.
 */
export const infer = defineOperator({
  type: "infer",
  summary: "Runs a model over features: how odd a print is, or how rough it will be.",
  options: Options,
  examples: [
    { model: "anomaly" },
    { model: "roughness", carry: ["roughness_count"], batch: { size: 128, wait: "2ms" } },
  ],
  accepts: ["features"],
  emits: () => prediction,
  stateful: false,
  needs: [models],
  advise,
  async open({ model: name, carry, batch }, context) {
    const model = await context.resource(models).load(name);
    const { features, outputs } = model.card;
    checkInputs(name, [...features, ...carry], context.inputs);
    const gathering = new Gathering(features, carry, batch.size);

    function predictionOf(record: StreamRecord<Features>, answers: Float32Array, row: number) {
      const fields: Record<string, number> = {};
      for (let i = 0; i < outputs.length; i++) {
        const answer = answers[row * outputs.length + i]!;
        if (!Number.isFinite(answer)) return new PoisonRecordError(`model "${name}" gives ${outputs[i]!} = ${answer}`);
        fields[outputs[i]!] = answer;
      }
      gathering.carry(record.value, fields);
      const value: Prediction = {
        kind: "prediction",
        fields,
        evidence: { model: model.id, ...record.value.evidence },
      };
      return derive(record, value);
    }

    return {
      batch,
      processBatch(records: readonly StreamRecord<Features>[]) {
        const rows = gathering.gather(records);
        const answers = model.predict(gathering.values, rows);
        let row = 0;
        return Promise.resolve(
          gathering.outcomes.map((outcome, i) =>
            outcome === "row" ? predictionOf(records[i]!, answers, row++) : outcome === "empty" ? null : outcome,
          ),
        );
      },
    };
  },
});
