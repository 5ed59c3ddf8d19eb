import { z } from "zod";
import { duration, positiveDuration, topicFilter } from "../../streams/component/fields.js";
import { parseTimestamp } from "../../streams/record/timestamp.js";
import { FAULT_KINDS } from "./faults.js";
import { MATERIAL_NAMES } from "./material.js";

/** The end of the year 9999, ms: what ISO 8601 writes with four digits. */
const LATEST_START = 253_402_300_799_999;

const startTime = z
  .union([z.string(), z.number()])
  .refine((text) => parseTimestamp(text) >= 0 && parseTimestamp(text) <= LATEST_START, {
    error: "write a time: 2026-01-01T00:00:00Z, or ms since the epoch",
  })
  .transform(parseTimestamp);

/** Faults that come by chance. */
export const FaultChances = z.strictObject({
  every: positiveDuration.prefault("8m").meta({ description: "Mean time that a printer goes without a fault." }),
  first: duration.prefault("5s").meta({ description: "When the very first fault begins, of the first kind listed." }),
  kinds: z
    .array(z.enum(FAULT_KINDS))
    .min(1)
    .default([...FAULT_KINDS])
    .meta({ description: "The faults that come; a kind listed twice comes twice as often." }),
});

const Injection = z.strictObject({
  printer: z
    .string()
    .regex(/^printer_[1-9]\d*$/, { error: "write printer_1, printer_2, …" })
    .meta({ description: "The printer that has it." }),
  fault: z.enum(FAULT_KINDS).meta({ description: "The kind of fault." }),
  at: duration.meta({ description: "When it begins, from the beginning of the run." }),
  grow: duration.optional().meta({ description: "How long it grows. Default: what is usual for its kind." }),
  last: positiveDuration
    .optional()
    .meta({ description: "How long it lasts, growth included. Default: what is usual for its kind." }),
  severity: z.number().min(0.1).max(2).default(1).meta({ description: "1 is the usual fault, 0.5 half as bad." }),
});

export const Options = z.strictObject({
  printers: z.int().min(1).max(100_000).default(8).meta({ description: "How many printers: printer_1, printer_2, …" }),
  rate: z
    .number()
    .positive()
    .max(1_000_000)
    .default(100)
    .meta({ description: "Readings a second over all printers, in simulated time." }),
  seed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(1)
    .meta({ description: "Same seed and options, same readings; as long as nobody sends commands." }),
  layer_height: z
    .number()
    .min(0.04)
    .max(0.6)
    .default(0.2)
    .meta({ description: "Usual layer height in mm; some jobs are printed 20 % finer or coarser." }),
  materials: z
    .array(z.enum(MATERIAL_NAMES))
    .min(1)
    .default(["PLA", "PLA", "PETG", "ABS"])
    .meta({ description: "What the jobs are printed with; a material listed twice comes twice as often." }),
  faults: z
    .union([z.literal(false), FaultChances])
    .optional()
    .meta({ description: "Faults that come by chance, or false. Default: they come, unless `inject` names some." }),
  inject: z.array(Injection).default([]).meta({ description: "Faults at given times." }),
  duration: positiveDuration.optional().meta({ description: "Simulated time after which it ends. Default: never." }),
  start: startTime.optional().meta({
    description: "Time of the first reading. Default: now; 2026-01-01T00:00:00Z where nothing waits for the clock.",
  }),
  pace: z
    .enum(["clock", "none"])
    .default("clock")
    .meta({ description: "`clock`: readings come when they are due. `none`: as fast as they are taken." }),
  speedup: z
    .number()
    .positive()
    .max(1000)
    .default(1)
    .meta({ description: "Simulated seconds per second of the clock." }),
  warm: z
    .boolean()
    .default(true)
    .meta({ description: "Begin in the middle of jobs, at temperature; false: begin cold and heat up." }),
  control: z
    .union([topicFilter, z.literal(""), z.null()])
    .default("printer/control/+")
    .meta({ description: "Topics of the commands to obey; the last level is the printer. Empty: obey nobody." }),
});

export type Options = z.output<typeof Options>;
/** The options as a person writes them: durations as text, all of them optional. */
export type GivenOptions = z.input<typeof Options>;
