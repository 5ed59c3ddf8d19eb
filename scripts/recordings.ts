import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { writeCell } from "../src/sinks/csv/cells.js";
import { seededRandom } from "../src/models/training/random.js";
import type { GivenOptions } from "../src/sources/synthesizer/options.js";
import type { PrinterReading } from "../src/sources/synthesizer/reading.js";
import { type Feedback, simulate } from "../src/sources/synthesizer/simulate.js";

/** Mean time between two changes of speed of one printer, s. */
const CHANGE_EVERY = 300;
const SPEEDS = [50, 50, 70, 100, 100, 100];

/**
 * Someone who now and then commands another speed, as feedback does. Without it a model would take our own adjustments
 * for something odd.
 */
export function changesOfSpeed({ printers, rate, seed }: { printers: number; rate: number; seed: number }): Feedback {
  const random = seededRandom(seed);
  const chance = printers / rate / CHANGE_EVERY;
  return () => (random() < chance ? { speed: SPEEDS[Math.floor(random() * SPEEDS.length)]! } : undefined);
}

/** Writes what simulated printers say to a CSV file, and returns how many rows it has. */
export async function writeRecording(path: string, options: GivenOptions, feedback?: Feedback): Promise<number> {
  return writeReadings(path, simulate(options, feedback));
}

/** Writes readings to a CSV file in the order given, and returns how many. */
export async function writeReadings(path: string, readings: Iterable<PrinterReading>): Promise<number> {
  const file = createWriteStream(path);
  let columns: readonly string[] | undefined;
  let rows = 0;
  for (const reading of readings) {
    if (!columns) {
      columns = Object.keys(reading);
      file.write(`${columns.join(",")}\n`);
    }
    rows++;
    if (!file.write(`${columns.map((column) => writeCell(reading[column])).join(",")}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
  return rows;
}
