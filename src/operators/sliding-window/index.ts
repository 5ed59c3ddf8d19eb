import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { positiveDuration } from "../../streams/component/fields.js";
import { windowed } from "../../streams/record/record-type.js";
import { MEASURED } from "../../streams/window/measured.js";
import { amendment, checkPolicy, disorder, lateSide } from "../../streams/window/options.js";
import { TimeWindows } from "../../streams/window/time-windows.js";

/** A record is in size / every windows. Beyond so many, one record that moves time on makes a flood. */
const MOST_OVERLAPPING = 10_000;

const Options = z
  .strictObject({
    size: positiveDuration.meta({ description: "Length of each window, in event time." }),
    every: positiveDuration.meta({ description: "A window ends so often, at multiples of it since the epoch." }),
    filled: z.number().min(0).max(0.9).default(0).meta({
      description:
        "The share of the size that the samples must reach over; a window with less is not given out: a slope of two samples says little.",
    }),
    ...disorder,
  })
  .superRefine(checkPolicy)
  .superRefine(({ size, every }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (size % every !== 0)
      refuse("size", "write a multiple of `every`, as in size: 30s with every: 1s; windows are made of whole steps");
    else if (size / every > MOST_OVERLAPPING)
      refuse(
        "every",
        `each record would be in ${size / every} windows; at most ${MOST_OVERLAPPING}: write a longer step`,
      );
  });

/**
 * Overlapping windows of one length, each key by its own time: the last 30 seconds, every second. For windows that do not
 * overlap `tumbling-window` says the same more plainly; for a number of records, `count-window`.
 *
 * A record is late once every window that it belongs to is closed. One that is older than the lateness and still belongs
 * to open windows is counted in those. Holds in memory the samples of one window, the lateness and what may be amended for each
 * key, 8 bytes a field and 24 a record, and of busy keys about as much again in sums.
 */
export const slidingWindow = defineOperator({
  type: "sliding-window",
  summary: "Groups the records of each key into overlapping windows of event time.",
  options: Options,
  examples: [
    { size: "30s", every: "1s" },
    { size: "30s", every: "1s", filled: 0.5 },
    { size: "10m", every: "30s", lateness: "5s", late: "drop" },
  ],
  accepts: MEASURED,
  emits: () => windowed,
  sides: (_, options) => lateSide(options),
  stateful: true,
  stateOf: ({ size, every }) => ({ size, every }),
  ownTime: true,
  open: (options, context) => new TimeWindows({ ...options, amend: amendment(options) }, context),
});
