import { mkdirSync } from "node:fs";
import { seededRandom } from "../src/models/training/random.js";
import type { GivenOptions } from "../src/sources/synthesizer/options.js";
import type { PrinterReading } from "../src/sources/synthesizer/reading.js";
import { simulate } from "../src/sources/synthesizer/simulate.js";
import { writeReadings, writeRecording } from "./recordings.js";

/**
 * The sample recordings in data/: some minutes of a farm whose printers have every kind of fault, some without any, and the
 * first once more as a bad network would deliver it.
 */
const FARM = { printers: 8, rate: 8, duration: "12m" } as const;
const FAULTY: GivenOptions = {
  ...FARM,
  seed: 1,
  inject: [
    { printer: "printer_1", fault: "clog", at: "2m" },
    { printer: "printer_2", fault: "worn-bearing", at: "3m" },
    { printer: "printer_3", fault: "adhesion-loss", at: "4m" },
    { printer: "printer_4", fault: "pid-oscillation", at: "5m" },
    { printer: "printer_5", fault: "heater-failure", at: "6m" },
    { printer: "printer_6", fault: "layer-shift", at: "7m" },
    { printer: "printer_7", fault: "stuck-sensor", at: "8m" },
    { printer: "printer_8", fault: "runout", at: "9m" },
  ],
};
/** Readings are delayed by less than this, ms: within the lateness that quality.yaml allows. */
const DELAY = 4500;

mkdirSync("data", { recursive: true });
const recordings = {
  "data/data.csv": (path: string) => writeRecording(path, FAULTY),
  "data/healthy.csv": (path: string) => writeRecording(path, { ...FARM, seed: 2, duration: "5m", faults: false }),
  "data/shuffled.csv": (path: string) => writeReadings(path, delayed(simulate({ ...FAULTY, duration: "4m" }))),
};
for (const [path, write] of Object.entries(recordings)) console.log(`wrote ${path}: ${await write(path)} readings`);

/** In the order in which they arrive where each takes its own time on the way. */
function delayed(readings: Iterable<PrinterReading>): PrinterReading[] {
  const random = seededRandom(1);
  return [...readings]
    .map((reading) => ({ reading, arrives: Date.parse(reading.timestamp) + random() * DELAY }))
    .sort((one, other) => one.arrives - other.arrives)
    .map(({ reading }) => reading);
}
