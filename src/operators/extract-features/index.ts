import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { fieldName } from "../../streams/component/fields.js";
import { features } from "../../streams/record/record-type.js";
import { STATISTICS, type Statistic } from "../../streams/window/statistics.js";
import { featureNames, type Wanted, windowFeatures } from "../../streams/window/window-features.js";

const Options = z.strictObject({
  fields: z
    .array(fieldName)
    .min(1, { error: "name at least one field" })
    .refine((fields) => new Set(fields).size === fields.length, { error: "name each field once" })
    .meta({ description: "Fields of the window, in the order in which the model wants them." }),
  stats: z
    .array(z.enum(STATISTICS, { error: `choose from ${STATISTICS.join(", ")}` }))
    .min(1, { error: "name at least one statistic" })
    .refine((stats) => new Set(stats).size === stats.length, { error: "name each statistic once" })
    .default(["mean", "std", "min", "max", "slope", "jitter", "last"])
    .meta({ description: "Statistics of each field, in order. The count of its samples always comes with them." }),
});
type Options = z.output<typeof Options>;

/**
 * Makes of a window the numbers that a model works on: for each field each statistic, `roughness_mean`, `roughness_std`,
 * … `roughness_count`, in an order that is known when the pipeline is compiled. Of a field that was not measured in the
 * window the count is 0 and everything else NaN. For other statistics of each field there is `aggregate`. Holds nothing
 * in memory.
 */
export const extractFeatures = defineOperator({
  type: "extract-features",
  summary: "Makes of each window the same statistics of each field, in the order that a model wants.",
  options: Options,
  examples: [
    { fields: ["nozzle_temp", "bed_temp", "roughness", "layer_height"] },
    { fields: ["nozzle_temp", "vibration"], stats: ["mean", "std", "slope"] },
  ],
  accepts: ["window"],
  emits: (_, options) => features(featureNames(wantedOf(options))),
  stateful: false,
  demands: ({ fields }) => ({ fields, samples: false }),
  open: (options) => windowFeatures(wantedOf(options)),
});

function wantedOf({ fields, stats }: Options): Wanted {
  const all: readonly Statistic[] = [...new Set<Statistic>([...stats, "count"])];
  return fields.map((field) => [field, all]);
}
