import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { median } from "./figures.js";
import { complete, COUNT, FLOOD, orders } from "./flood.js";
import type { Orders, Published } from "./publisher.js";
import { openScene } from "./scene.js";
import { PROGRAM, publish, Subject } from "./subject.js";

const ROUNDS = 3;

/** How fast a journal is run through quality.yaml once more, models on. */
export async function rewind(): Promise<void> {
  console.log(`${FLOOD} into the journal, then replay --journal, ${ROUNDS} rounds`);
  const scene = await openScene();
  const subject = await Subject.layerstream(scene.mqtt, scene.influx);
  try {
    await publish<Orders, Published>(orders(scene));
    await complete(scene);
    await subject.stop();
    const rates: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [PROGRAM, "replay", "--journal", "--pipeline", "config/pipelines/quality.yaml", "--json"],
        { env: { ...process.env, STATE_DIR: subject.folder } },
      );
      const { records, recordsPerSecond } = JSON.parse(stdout) as { records: number; recordsPerSecond: number };
      if (records !== COUNT) throw new Error(`${records} of ${COUNT} readings were in the journal`);
      rates.push(recordsPerSecond);
      console.log(`round ${round} ${recordsPerSecond} readings/s`);
    }
    console.log(`median ${median(rates)} readings/s`);
  } finally {
    await subject.end();
    await scene.close();
  }
}
