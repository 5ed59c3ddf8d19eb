import { z } from "zod";
import type { Context } from "../../streams/component/context.js";
import { defineSource } from "../../streams/component/define.js";
import type { Source } from "../../streams/component/definition.js";
import { reading } from "../../streams/record/record-type.js";
import { parseTimestamp } from "../../streams/record/timestamp.js";
import type { Reading } from "../../streams/record/values.js";
import { fileKeys } from "./header.js";
import { pace } from "./pace.js";
import { checkCsv, readCsv } from "./recording.js";

export { readCsv } from "./recording.js";

const time = z
  .union([z.string(), z.number()])
  .refine((value) => !Number.isNaN(parseTimestamp(value)), {
    error: "write a time: 2023-06-15T14:32:10Z, 2023-06-15 14:32:10 (UTC), or epoch seconds or milliseconds",
  })
  .transform(parseTimestamp);

const Options = z.strictObject({
  files: z
    .array(z.string().min(1))
    .min(1)
    .meta({ description: "Files to read one after the other, in this order; paths from the working folder." }),
  key: z
    .string()
    .optional()
    .meta({ description: "Column that holds the printer id. Default: printer_id or key, else the file's name." }),
  time: z.string().optional().meta({
    description:
      "Column that holds the time. Default: timestamp, time, datetime or date, else one second a row from the epoch.",
  }),
  // `from` belongs to the graph: a pipeline file says with it what a node reads.
  since: time.optional().meta({ description: "Leaves out rows before this time." }),
  until: time.optional().meta({ description: "Leaves out rows at this time and after it." }),
  speed: z
    .union([z.literal("max"), z.number().positive()])
    .default("max")
    .meta({ description: "How fast: 1 as it was recorded, 10 ten times as fast, max as fast as it can be worked on." }),
});
type Options = z.output<typeof Options>;

/**
 * Reads recordings. The first line of a file names its columns; comma, semicolon or tab is found out. Numeric cells become
 * numbers, true and false truth values, other cells text; empty ones, NaN and null are fields that were not measured. A
 * column `time_mark` with `idle` or `gone` makes a row the word that a printer fell silent or went away.
 *
 * A row that cannot be read is rejected with its file and line, and the next one is read. Holds a piece of one file in
 * memory, whatever its size. Several files are not merged by time: where that matters, sort them into one.
 */
export const csv = defineSource({
  type: "csv",
  summary: "Reads recorded readings from CSV files.",
  options: Options,
  examples: [{ files: ["data/printer_1.csv"] }, { files: ["monday.csv", "tuesday.csv"], key: "machine", speed: 10 }],
  emits: () => reading,
  finite: () => true,
  open: openFiles,
});

async function openFiles(options: Options, context: Context): Promise<Source<Reading>> {
  const { files, speed, since, until, ...columns } = options;
  const rest = { ...columns, ...(since !== undefined && { from: since }), ...(until !== undefined && { to: until }) };
  const { positions } = context;
  const keys = fileKeys(files);
  const recording = (i: number) =>
    readCsv(files[i]!, { ...rest, fallbackKey: keys[i]!, positions }, (rejection) => context.reject(rejection));
  // A missing file or a header that makes no sense is said before any record flows.
  for (const path of files) await checkCsv(path, rest);
  return {
    async *read(stop) {
      for (let i = 0; i < files.length; i++) {
        const batches = speed === "max" ? recording(i) : pace(recording(i), speed, context.clock, stop);
        for await (const batch of batches) {
          if (stop.aborted) return;
          yield batch;
        }
      }
    },
  };
}
