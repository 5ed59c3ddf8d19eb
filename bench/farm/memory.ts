import { setTimeout as pause } from "node:timers/promises";
import { median } from "./figures.js";
import type { Orders, Published } from "./publisher.js";
import { openScene } from "./scene.js";
import { publish, Subject } from "./subject.js";

const PRINTERS = [100, 1_000, 10_000] as const;
/** Messages a second, whatever the number of printers. */
const RATE = 2_000;
/** s. The longest window is 30 s long; by the end each printer has filled some of them. */
const SECONDS = 120;
/** Memory is looked at so often at the end, once in so many ms. */
const LOOKS = 40;
const LOOK_EVERY = 1000;
const ROUGH_EVERY = 60;

/** What quality.yaml, models on, holds for each printer: resident memory at one and the same load from more and more of them. */
export async function memory(): Promise<void> {
  console.log(`${RATE} QoS 1 messages a second for ${SECONDS} s, median of ${LOOKS} looks`);
  const megabytes = new Map<number, number>();
  for (const printers of PRINTERS) {
    megabytes.set(printers, await once(printers));
    console.log(`${String(printers).padStart(6)} printers: ${megabytes.get(printers)!.toFixed(0)} MB`);
  }
  const [, few, many] = PRINTERS;
  const slope = ((megabytes.get(many)! - megabytes.get(few)!) * 1024) / (many - few);
  console.log(`from ${few} to ${many} printers: ${slope.toFixed(1)} kB a printer`);
}

async function once(printers: number): Promise<number> {
  const scene = await openScene();
  const subject = await Subject.layerstream(scene.mqtt, scene.influx);
  try {
    const load = { url: scene.mqtt, printers, hertz: RATE / printers, start: Date.now(), allFields: true };
    const rate = { mode: "rate", perSecond: RATE, seconds: SECONDS, roughEvery: ROUGH_EVERY } as const;
    const published = publish<Orders, Published>({ ...load, ...rate });
    await pause(SECONDS * 1000 - LOOKS * LOOK_EVERY);
    const looks: number[] = [];
    while (looks.length < LOOKS) {
      await pause(LOOK_EVERY);
      looks.push(subject.memory().now);
    }
    const { sent, unanswered } = await published;
    if (unanswered > 0) throw new Error(`${unanswered} rough readings were not answered`);
    while ((await scene.rows()) < sent) await pause(LOOK_EVERY);
    return median(looks);
  } finally {
    await subject.end();
    await scene.close();
  }
}
