import { z } from "zod";
import type { Context } from "../../streams/component/context.js";
import { defineSink } from "../../streams/component/define.js";
import type { Sink } from "../../streams/component/definition.js";
import { ConfigError } from "../../streams/component/errors.js";
import { fromJson, toJson } from "../../streams/record/json.js";
import type { Element, TimeMark } from "../../streams/record/record.js";
import { GrowingFile } from "./file.js";
import { Table, type Unsettled } from "./table.js";

const Options = z.strictObject({
  file: z.string().min(1).meta({ description: "File to write; its folder is made if need be." }),
  fields: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ description: "Columns to write besides time and key. Default: the fields of the first thousand records." }),
  key: z.string().min(1).default("printer_id").meta({ description: "Name of the column for the key." }),
  marks: z.boolean().default(false).meta({
    description: "Writes a row with `time_mark` when a printer falls silent (idle) or goes away (gone).",
  }),
  replace: z
    .boolean()
    .default(false)
    .meta({ description: "Begins the file anew at each start; otherwise rows are added to a file that is there." }),
});
type Options = z.output<typeof Options>;

/**
 * Writes records as rows that the csv source reads again: `timestamp`, the key, then the fields. Of a window it writes
 * count, mean, least and greatest of each field, of conclusions the window that led to them.
 *
 * The first thousand records decide on the columns; a field that turns up later is left out and said once in the log.
 * A file that is there keeps the columns that it has. Text that looks like a number or a truth value is one when it is
 * read again, and empty text is missing. A disk that is full makes the records wait. Marks are written with the next
 * records, or at the end.
 *
 * Behind a source whose stream is kept, rows are written when a checkpoint is taken, every ten seconds or so, in order of
 * time, then printer; after a crash the file goes on where the last checkpoint was, each row once. Elsewhere rows come as
 * they are concluded, and a batch that is written twice is in the file twice.
 */
export const csv = defineSink({
  type: "csv",
  summary: "Writes records to a CSV file.",
  options: Options,
  examples: [
    { file: "out/readings.csv" },
    { file: "scores.csv", fields: ["anomaly_score"], key: "key", replace: true },
  ],
  accepts: "any",
  reaches: "files",
  ordered: true,
  buffer: () => ({ size: 1000, wait: 200, limit: 20_000, overflow: "block" }),
  open: openFile,
});

/** What a checkpoint holds. */
interface Saved {
  readonly file: string;
  /** Length of the file. */
  readonly bytes: number;
  readonly unsettled?: Unsettled | undefined;
  /** Those that the next records bring along. */
  readonly marks: readonly TimeMark[];
}

async function openFile(options: Options, context: Context): Promise<Sink<unknown>> {
  const address = ["timestamp", options.key, ...(options.marks ? ["time_mark"] : [])];
  const file = await GrowingFile.open(options.file, options);
  let table = await openTable(file, address, options, context).catch(async (cause: unknown) => {
    await file.close();
    throw cause;
  });
  let marks: readonly TimeMark[] = [];

  async function put(elements: readonly Element[]): Promise<void> {
    const { text, whole, done } = table.add(elements);
    if (whole) await file.rewrite(text);
    else await file.append(text);
    done();
  }

  return {
    async write(batch) {
      const waiting = marks;
      await put([...waiting, ...batch]);
      marks = marks.slice(waiting.length);
      return undefined;
    },
    ownState: {
      save: () => toJson({ file: options.file, bytes: file.size, unsettled: table.unsettled, marks } satisfies Saved),
      async load(json) {
        const { file: path, bytes, unsettled, marks: waiting } = fromJson(json) as Saved;
        marks = waiting;
        if (path !== options.file) return;
        // What was written behind the last checkpoint is written again.
        if (!unsettled) await file.cutTo(bytes);
        else {
          // More columns may have come since, and then no row is where it was.
          table = new Table({ address, ...unsettled, log: context.log });
          await file.rewrite(table.whole(unsettled));
        }
      },
    },
    advance(mark) {
      if (options.marks && mark.cause !== "passed") marks = [...marks, mark];
    },
    sync: () => file.sync(),
    async close() {
      if (marks.length > 0) await put(marks);
      await file.close();
    },
  };
}

async function openTable(
  file: GrowingFile,
  address: readonly string[],
  { file: path, fields }: Options,
  { log }: Context,
): Promise<Table> {
  const table = new Table(fields ? { address, fields } : { address, log });
  if (file.size === 0) await file.append(table.header());
  if (file.size === Buffer.byteLength(table.header())) return table;
  const header = await file.header();
  if (address.some((name, i) => header[i] !== name))
    throw new ConfigError(
      `${path} is there and begins with other columns than ${address.join(", ")}: choose another file, or set replace: true`,
    );
  await file.endLine();
  return new Table({ address, fields: header.slice(address.length), log });
}
