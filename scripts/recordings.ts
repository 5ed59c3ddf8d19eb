import { createWriteStream, mkdirSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { writeCell } from "../src/sinks/csv/cells.js";
import { seededRandom } from "../src/models/training/random.js";
import { type Feedback, simulate } from "../src/sources/synthesizer/simulate.js";

/**
 * Recordings to train the models on, into the folder given: printers with faults, and now and then a command to go slower,
 * as feedback gives them. Without these a model would take our own adjustments for something odd.
 */
const SEEDS = [11, 12, 13];
const HOURS = 2;
const PRINTERS = 8;
/** Mean time between two changes of speed of one printer, readings at 1 Hz. */
const CHANGE_EVERY = 300;
const SPEEDS = [50, 50, 70, 100, 100, 100];

const [folder = "recordings"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const seed of SEEDS) await record(seed, join(folder, `training-${seed}.csv`));

async function record(seed: number, path: string): Promise<void> {
  const random = seededRandom(seed);
  const feedback: Feedback = () =>
    random() < 1 / CHANGE_EVERY ? { speed: SPEEDS[Math.floor(random() * SPEEDS.length)]! } : undefined;
  const file = createWriteStream(path);
  let columns: readonly string[] | undefined;
  for (const reading of simulate({ printers: PRINTERS, rate: PRINTERS, seed, duration: `${HOURS}h` }, feedback)) {
    const cells: Readonly<Record<string, unknown>> = { ...reading };
    if (!columns) {
      columns = Object.keys(cells);
      file.write(`${columns.join(",")}\n`);
    }
    if (!file.write(`${columns.map((column) => writeCell(cells[column])).join(",")}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
  console.log(`wrote ${path}`);
}
