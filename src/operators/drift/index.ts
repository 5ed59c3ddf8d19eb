import { defineOperator } from "../../streams/component/define.js";
import { checkFields } from "../../streams/component/inputs.js";
import { verdict } from "../../streams/record/record-type.js";
import { DriftDetector } from "./drift-detector.js";
import { Options } from "./options.js";

/**
 * Says when a field of a printer has come to another level, abruptly or bit by bit, without a limit being set: ADWIN keeps
 * all samples since the last change, and cuts where the older and the newer ones differ by more than chance allows. An
 * episode begins with a change, is said again with each further one, and ends when none was found for `settle`. The
 * verdict holds times, number and mean of the samples before and after; `observed` is the mean after, and `limit` how
 * far chance alone might have moved it.
 *
 * It takes samples for independent of each other. Where each says much the same as the one before, put a window and
 * `aggregate` in front, and watch `nozzle_temp_mean`; a change of spread shows in `nozzle_temp_std`. A sample older than
 * the newest changes nothing, unless it is older by an hour or more: then the printer's clock was set back, and its past
 * is forgotten. Going away forgets nothing: what is normal for a printer outlasts a night. Holds about a hundred sums of
 * each key in memory, for `keys` keys.
 */
export const drift = defineOperator({
  type: "drift",
  summary: "Says when a field of a printer has come to another level than before.",
  options: Options,
  examples: [
    { field: "nozzle_power", while: "state == 'printing'", by: "job_id" },
    { field: "roughness_mean", delta: 0.0001, min_change: 5, settle: "15m" },
  ],
  accepts: ["reading", "features", "prediction"],
  emits(inputs, { field, by }) {
    checkFields(inputs, by === undefined ? [field] : [field, by]);
    return verdict;
  },
  stateful: true,
  stateOf: ({ field, by = null }) => ({ field, by }),
  open: (options, context) => new DriftDetector(options, context.node),
});
