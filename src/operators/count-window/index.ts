import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { windowed } from "../../streams/record/record-type.js";
import { MEASURED } from "../../streams/window/measured.js";
import { capacity } from "../../streams/window/options.js";
import { CountWindows } from "./count-windows.js";

const MOST_RECORDS = 100_000;

const Options = z
  .strictObject({
    count: z.int().min(1).max(MOST_RECORDS).meta({ description: "So many records make a window." }),
    every: z.int().min(1).optional().meta({
      description: "A window is given out after so many records. By itself `count`: windows do not overlap.",
    }),
    ...capacity,
  })
  .refine(({ count, every = count }) => every <= count, {
    path: ["every"],
    error: "write at most `count`, or records between two windows would be in none",
  })
  .transform(({ count, every = count, keys }) => ({ count, every, keys }));

/**
 * Windows of a number of records of one key, in the order in which they came: for rows without a clock worth trusting.
 * Time says nothing here, so no record is late and out of order is how it came. Its start and end are the oldest event
 * time in it and the millisecond after the newest. When a key goes silent or away, and at the end of the input, the next
 * window is given out as far as it has come, if it holds a record that was in none yet. Holds the last `count` records of each key in memory.
 */
export const countWindow = defineOperator({
  type: "count-window",
  summary: "Groups a number of records of each key, in the order in which they came.",
  options: Options,
  examples: [{ count: 32 }, { count: 100, every: 10 }],
  accepts: MEASURED,
  emits: () => windowed,
  stateful: true,
  stateOf: ({ count, every }) => ({ count, every }),
  ownTime: true,
  open: (options, context) => new CountWindows(options, context),
});
