import type { Command } from "../../streams/record/values.js";
import { Farm } from "./farm.js";
import { Options, type GivenOptions } from "./options.js";
import type { PrinterReading } from "./reading.js";

/** Where time begins when nothing waits for the clock and no start is given: 2026-01-01T00:00:00Z. */
export const FIRST_MORNING = Date.UTC(2026, 0, 1);

/** Someone who watches the readings and answers with commands. `time` in ms since the epoch. */
export type Feedback = (printerId: string, time: number, reading: PrinterReading) => Command | undefined;

/**
 * Readings as fast as they are taken, for recordings, training and tests; endless without a `duration`. With feedback
 * the loop is closed: a command acts before the next reading. Throws ZodError or ConfigError for wrong options.
 */
export function* simulate(given: GivenOptions = {}, feedback?: Feedback): Generator<PrinterReading, void> {
  const options = Options.parse(given);
  const farm = new Farm(options);
  const start = options.start ?? FIRST_MORNING;
  for (let due = farm.due; due !== Infinity; due = farm.due) {
    const reading = farm.next(start);
    const command = feedback?.(reading.printer_id, start + due, reading);
    if (command) farm.obey(reading.printer_id, command);
    yield reading;
  }
}
