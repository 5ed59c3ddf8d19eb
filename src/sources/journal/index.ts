import { z } from "zod";
import { defineSource } from "../../streams/component/define.js";
import type { Source } from "../../streams/component/definition.js";
import type { From } from "../../streams/journal/journal.js";
import { recordedJournal } from "../../streams/journal/recorded.js";
import { reading } from "../../streams/record/record-type.js";
import { parseTimestamp } from "../../streams/record/timestamp.js";
import type { Batch } from "../../streams/record/record.js";
import type { Reading } from "../../streams/record/values.js";
import { wanted } from "./wanted.js";

/** A whole number below this is an offset; epoch seconds above it begin in 1973. */
const LARGEST_OFFSET = 100_000_000;

const place = z
  .union([z.string(), z.number()])
  .refine((value) => offsetOf(value) !== undefined || !Number.isNaN(parseTimestamp(value)), {
    error: "write a time (2026-01-31T12:00:00Z, or epoch seconds or milliseconds) or an offset",
  })
  .transform((value): Place => {
    const offset = offsetOf(value);
    return offset === undefined ? { arrived: parseTimestamp(value) } : { offset };
  });

type Place = { readonly offset: number } | { readonly arrived: number };

const Options = z.strictObject({
  stream: z.string().min(1).meta({ description: "The stream: PIPELINE.SOURCE of the run that kept it." }),
  // `from` belongs to the graph: a pipeline file says with it what a node reads.
  since: place.optional().meta({
    description:
      "Where to begin: when it arrived, or an offset, the same in each partition. Default: the first that is kept.",
  }),
  until: place.optional().meta({ description: "Where to end, itself left out. Default: the end as it is now." }),
  printers: z.array(z.string().min(1)).min(1).optional().meta({ description: "Only these printers." }),
  job: z.string().min(1).optional().meta({ description: "Only readings with this `job_id`." }),
});
type Options = z.output<typeof Options>;

/**
 * Reads what a run kept in the journal, from one place to another, in the order in which it came and with the positions that
 * it had: readings, and the marks of printers that fell silent or went away. Where the run ended an epoch, so does this.
 *
 * What can no longer be read is said in the log, and the rest is read.
 */
export const journal = defineSource({
  type: "journal",
  summary: "Reads the readings that an earlier run kept in the journal.",
  options: Options,
  examples: [
    { stream: "quality.sensors" },
    {
      stream: "quality.sensors",
      since: "2026-03-02T06:00:00Z",
      until: "2026-03-02T18:00:00Z",
      printers: ["printer_7"],
    },
  ],
  needs: [recordedJournal],
  emits: () => reading,
  finite: () => true,
  async open({ stream: name, since, until, ...only }, context): Promise<Source<Reading>> {
    const stream = await context.resource(recordedJournal).open(name, context.node);
    const filter = wanted(only);
    const all = (offset: number) => new Array<number>(stream.partitions).fill(offset);
    const from: From =
      since === undefined ? { offsets: stream.begins() } : "offset" in since ? { offsets: all(since.offset) } : since;
    const ends = stream.ends();
    const end = until && "offset" in until ? ends.map((last) => Math.min(last, until.offset)) : ends;
    const last = until && "arrived" in until ? until.arrived : Infinity;
    return {
      async *read(stop) {
        const gap = ({ reason }: { readonly reason: string }): void =>
          context.log.error("part of the journal is lost", { reason });
        for await (const { arrived, elements, epoch } of stream.read({ from, until: end }, gap)) {
          if (stop.aborted || arrived >= last) return;
          if (epoch !== undefined) yield { epoch };
          else yield filter(elements as Batch<Reading>);
        }
      },
    };
  },
});

function offsetOf(value: string | number): number | undefined {
  const number = typeof value === "number" ? value : /^\d+$/.test(value) ? Number(value) : NaN;
  return Number.isSafeInteger(number) && number >= 0 && number < LARGEST_OFFSET ? number : undefined;
}
