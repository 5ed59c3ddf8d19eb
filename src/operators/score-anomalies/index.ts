import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { checkFields } from "../../streams/component/inputs.js";
import { prediction } from "../../streams/record/record-type.js";
import { derive, type StreamRecord } from "../../streams/record/record.js";
import type { Features, Prediction, Reading } from "../../streams/record/values.js";
import { type Codec, KeyedState } from "../../streams/time/keyed-state.js";
import { Inputs, isLabel } from "./inputs.js";
import { type SavedSeries, Series } from "./series.js";

const Options = z.strictObject({
  fields: z
    .array(
      z
        .string()
        .min(1)
        .refine((name) => !isLabel(name), { error: "a label is never an input; leave it out" }),
    )
    .min(1)
    .optional()
    .meta({ description: "The fields to look at. Default: every field that holds numbers, but for labels." }),
  train_rows: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: "The first rows of each series that are known to be normal. They score 0." }),
  horizon: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(4000)
    .meta({ description: "About how many rows of a series it takes until what is new has become usual." }),
  false_alarms: z.number().gt(0).lt(0.5).default(0.001).meta({
    description:
      "How rare a surprise begins an alarm: the share of normal rows that are as odd, by the tails of the past.",
  }),
  columns: z
    .int()
    .min(1)
    .max(1000)
    .default(64)
    .meta({ description: "The most fields that are looked at; those that come later are left aside." }),
});

/** What is known of so many series is kept: about 40 kB a series and field. */
const MOST_SERIES = 2000;
const MODEL = { name: "score-anomalies", version: "1" };

/**
 * Says of each record how odd it is for its series, with no training and no label: from it and earlier ones alone.
 *
 * Of each field it looks at the value, the error of a forecast, trailing level and spread at several scales, deviation
 * from the last period and the shape of the last rows; of all fields together at how they hang together. Each measure
 * becomes a tail probability of its own past, and so does their sum. `anomaly_score` (0..1) is s = e / (e + l), where e is
 * -ln of that probability and l -ln of `false_alarms`: 0.5 is where an alarm begins. `anomaly` is 1 while it lasts.
 *
 * What is in alarm teaches next to nothing, until it has lasted so long that it must be a new normal. A field that is
 * missing, or holds no number, is left aside for that row. How it works and how well: docs/detection.md.
 */
export const scoreAnomalies = defineOperator({
  type: "score-anomalies",
  summary: "Scores how odd each record is for its series, without training.",
  options: Options,
  examples: [{}, { train_rows: 400 }, { fields: ["nozzle_temp", "nozzle_power"], false_alarms: 0.0001 }],
  accepts: ["reading", "features", "prediction"],
  emits(inputs, { fields }) {
    if (fields) checkFields(inputs, fields);
    return prediction;
  },
  stateful: true,
  stateOf: ({ fields }) => ({ fields: fields ? [...fields].sort() : null, version: MODEL.version }),
  open({ fields, train_rows: trainRows, horizon, false_alarms: falseAlarms, columns }) {
    const options = { trainRows, horizon, falseAlarms, columns };
    const inputs = new Inputs(fields);
    const codec: Codec<Series, SavedSeries> = {
      save: (series) => series.save(),
      load: (saved) => new Series(options, saved),
    };
    const series = new KeyedState(() => new Series(options), { limit: MOST_SERIES, codec });
    return {
      process(record: StreamRecord<Reading | Features | Prediction>, output) {
        const count = inputs.read(record.value);
        const { score, anomaly } = series.of(record.key).score(inputs.names, inputs.values, count);
        const { position } = record;
        const said: Prediction = {
          kind: "prediction",
          fields: { anomaly_score: score, anomaly },
          evidence: { from: position, to: position, model: MODEL },
        };
        output.emit(derive(record, said));
      },
      keys: () => series.size,
      state: { series },
    };
  },
});
