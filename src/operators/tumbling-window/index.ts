import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { positiveDuration } from "../../streams/component/fields.js";
import { windowed } from "../../streams/record/record-type.js";
import { MEASURED } from "../../streams/window/measured.js";
import { amendment, checkPolicy, disorder, lateSide } from "../../streams/window/options.js";
import { TimeWindows } from "../../streams/window/time-windows.js";

const Options = z
  .strictObject({
    size: positiveDuration.meta({
      description: "Length of each window, in event time. Windows start at multiples of it since the epoch.",
    }),
    ...disorder,
  })
  .superRefine(checkPolicy);

/**
 * Windows of one length, one behind the other, each key by its own time. A record belongs to exactly one; it is late once
 * that is closed. Holds in memory the samples of the open window, the lateness and what may be amended for each key, 8 bytes a field and 24 a
 * record.
 */
export const tumblingWindow = defineOperator({
  type: "tumbling-window",
  summary: "Groups the records of each key into windows of event time that do not overlap.",
  options: Options,
  examples: [
    { size: "10s" },
    { size: "1m", lateness: "5s", late: "amend", amend_for: "10m" },
    { size: "1h", lateness: "1m", late: "drop" },
  ],
  accepts: MEASURED,
  emits: () => windowed,
  sides: (_, options) => lateSide(options),
  stateful: true,
  stateOf: ({ size }) => ({ size }),
  ownTime: true,
  open: (options, context) => new TimeWindows({ ...options, every: options.size, amend: amendment(options) }, context),
});
