import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { fieldName } from "../../streams/component/fields.js";
import { features } from "../../streams/record/record-type.js";
import { STATISTICS } from "../../streams/window/statistics.js";
import { featureNames, windowFeatures } from "../../streams/window/window-features.js";

const statistics = z
  .array(z.enum(STATISTICS, { error: `choose from ${STATISTICS.join(", ")}` }), {
    error: "write a list of statistics, as in [mean, max]",
  })
  .min(1, { error: "name at least one statistic" })
  .refine((stats) => new Set(stats).size === stats.length, { error: "name each statistic once" });

const Options = z.strictObject({
  fields: z
    .record(fieldName, statistics)
    .refine((fields) => Object.keys(fields).length > 0, { error: "name at least one field" })
    .meta({ description: `Fields of the window, and what to say of each: ${STATISTICS.join(", ")}.` }),
});

/**
 * Says of each window what was asked for, field by field: `roughness_mean`, `roughness_max`. Of a field that was not
 * measured in the window the count is 0 and everything else NaN. For a model, which wants the same of every field,
 * `extract-features` is shorter. Holds nothing in memory.
 */
export const aggregate = defineOperator({
  type: "aggregate",
  summary: "Makes of each window the statistics that are named for each field.",
  options: Options,
  examples: [
    { fields: { roughness: ["mean", "max"], nozzle_temp: ["std"] } },
    { fields: { vibration: ["jitter", "range", "count"] } },
  ],
  accepts: ["window"],
  emits: (_, { fields }) => features(featureNames(Object.entries(fields))),
  stateful: false,
  demands: ({ fields }) => ({ fields: Object.keys(fields), samples: false }),
  open: ({ fields }) => windowFeatures(Object.entries(fields)),
});
