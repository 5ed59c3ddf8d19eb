import { setTimeout as pause } from "node:timers/promises";
import type { Orders, Published } from "./publisher.js";
import { openScene } from "./scene.js";
import { publish, Subject } from "./subject.js";

const USUAL_MINUTES = 20;
const PRINTERS = 1_000;
/** Messages a second. */
const RATE = 2_000;
const ROUGH_EVERY = 60;
const LOOK_EVERY = 5_000;
const SAY_EVERY = 60_000;
const HOUR = 3_600_000;

interface Look {
  /** ms since the first look */
  readonly at: number;
  /** Both MB. */
  readonly resident: number;
  readonly heap: number;
}

/** Whether quality.yaml, models on, keeps its memory under one and the same load: what it gains in the second half. */
export async function soak([minutes = String(USUAL_MINUTES)]: readonly string[]): Promise<void> {
  const seconds = Number(minutes) * 60;
  if (!(seconds > 0)) throw new Error(`"${minutes}" is no number of minutes: npm run bench -- soak 20`);
  console.log(`${RATE} QoS 1 messages a second of ${PRINTERS} printers for ${minutes} minutes`);
  const scene = await openScene();
  const subject = await Subject.layerstream(scene.mqtt, scene.influx);
  try {
    const load = { url: scene.mqtt, printers: PRINTERS, hertz: RATE / PRINTERS, start: Date.now(), allFields: true };
    const rate = { mode: "rate", perSecond: RATE, seconds, roughEvery: ROUGH_EVERY } as const;
    const published = publish<Orders, Published>({ ...load, ...rate });
    const looks = await watch(subject, seconds * 1000);
    const { sent, unanswered } = await published;
    if (unanswered > 0) throw new Error(`${unanswered} rough readings were not answered`);
    while ((await scene.rows()) < sent) await pause(LOOK_EVERY);
    const second = looks.slice(looks.length >> 1);
    const gain = (figure: "resident" | "heap") => slope(second, figure).toFixed(1);
    const last = looks.at(-1)!;
    console.log(
      `second half: resident ${gain("resident")} MB/h, heap ${gain("heap")} MB/h; ` +
        `at the end resident ${Math.round(last.resident)} MB; ${sent} readings, none lost`,
    );
  } finally {
    await subject.end();
    await scene.close();
  }
}

async function watch(subject: Subject, length: number): Promise<Look[]> {
  const looks: Look[] = [];
  const began = performance.now();
  let said = 0;
  for (;;) {
    const at = performance.now() - began;
    if (at >= length) return looks;
    const look = { at, resident: subject.memory().now, heap: await subject.heap() };
    looks.push(look);
    if (at >= said) {
      said += SAY_EVERY;
      console.log(
        `${Math.round(at / 60_000)} min: resident ${Math.round(look.resident)} MB, heap ${Math.round(look.heap)} MB`,
      );
    }
    await pause(LOOK_EVERY);
  }
}

/** Of the least-squares line, MB/h. */
function slope(looks: readonly Look[], figure: "resident" | "heap"): number {
  const mean = (pick: (look: Look) => number) => looks.reduce((sum, look) => sum + pick(look), 0) / looks.length;
  const [time, size] = [mean(({ at }) => at), mean((look) => look[figure])];
  const together = mean((look) => (look.at - time) * (look[figure] - size));
  return (together / mean(({ at }) => (at - time) ** 2)) * HOUR;
}
