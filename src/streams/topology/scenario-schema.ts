import { z } from "zod";
import { parseDuration } from "../component/fields.js";
import { parseTimestamp } from "../record/timestamp.js";

/** Scenarios begin here unless their records say otherwise: 2026-01-01T00:00:00Z. */
export const SCENARIO_START = Date.UTC(2026, 0, 1);

/** Numbers below this (March 1973 in seconds) are meant as seconds from the start, and must say so. */
const TOO_SMALL_FOR_EPOCH = 1e8;
const TIME_HELP = "write a time from the start as in 12s, or a timestamp as in 2026-01-01T00:00:12Z";

const time = z
  .union([z.string(), z.number()], { error: TIME_HELP })
  .meta({ examples: ["12s", "2026-01-01T00:00:12Z"] })
  .transform((written, context) => {
    const span = typeof written === "string" ? parseDuration(written) : undefined;
    if (span !== undefined) return SCENARIO_START + span;
    const stamp = Math.abs(Number(written)) < TOO_SMALL_FOR_EPOCH ? NaN : parseTimestamp(written);
    if (Number.isFinite(stamp)) return stamp;
    context.addIssue({ code: "custom", message: TIME_HELP });
    return z.NEVER;
  });

const name = z.string({ error: "write the name of a node" });
const value = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]));

const InsertedRecord = z.strictObject({
  key: z.string().min(1).meta({ description: "Whose record it is: a printer id." }),
  time: time.optional().meta({ description: "Its event time; by default each record is one second after the last." }),
  value: value.meta({ description: "The fields of the reading." }),
});

const Insert = z
  .strictObject({
    at: name.meta({ description: "The source that this stands in for." }),
    file: z.string().min(1).optional().meta({ description: "A recording: path of a CSV file in the config folder." }),
    records: z.array(InsertedRecord).optional().meta({ description: "Records as they stand here." }),
  })
  .refine(({ file, records }) => (file === undefined) !== (records === undefined), {
    error: "give either a file or records",
  });

const ExpectedRecord = z.strictObject({
  key: z.string().optional(),
  value: value.optional().meta({ description: "Fields that the record must have; others are not looked at." }),
});

const Expectation = z
  .strictObject({
    at: name.meta({ description: "The node that is looked at, or a side of it: `spans.late`." }),
    count: z.int().min(0).optional().meta({ description: "How many records come out of it." }),
    records: z.array(ExpectedRecord).optional().meta({ description: "The records, in order." }),
    dead: z.int().min(0).optional().meta({ description: "How many records end here as dead letters." }),
  })
  .refine(({ count, records, dead }) => count !== undefined || records !== undefined || dead !== undefined, {
    error: "say what is expected: a count, records, dead letters (dead)",
  });

/** One test of a pipeline file. */
const Scenario = z.strictObject({
  name: z.string().min(1).meta({ description: "What holds, in a few words." }),
  env: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .prefault({})
    .meta({ description: "Values for ${NAME} in this test. The real environment is not looked at." }),
  insert: oneOrMore(Insert).meta({ description: "What comes out of the sources." }),
  expect: oneOrMore(Expectation).meta({ description: "What must come out of the nodes." }),
});

export const Scenarios = z.array(Scenario);
export type Scenarios = z.output<typeof Scenarios>;

function oneOrMore<S extends z.ZodType>(item: S) {
  return z.union([item, z.array(item).min(1)]).transform((given): z.output<S>[] =>
    // The union has told the two apart; TypeScript cannot, since an item might be a list itself.
    Array.isArray(given) ? given : [given as z.output<S>],
  );
}
