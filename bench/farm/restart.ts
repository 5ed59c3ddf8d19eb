import { setTimeout as pause } from "node:timers/promises";
import type { Orders, Published } from "./publisher.js";
import { openScene, type Scene } from "./scene.js";
import { publish, Subject } from "./subject.js";

const PRINTERS = [100, 10_000] as const;
/** Messages a second. */
const RATE = 10_000;
/** s. More than the longest window, so that every printer has a full one at 1 Hz. */
const SECONDS = 45;
const LOOK_EVERY = 50;

/**
 * How long a start takes with the state of many printers: after a stop in order, and after kill -9, when what came behind the
 * last checkpoint is worked through again. Until it says that it runs, and until a rough reading is answered.
 */
export async function restart(): Promise<void> {
  console.log(`${RATE} QoS 1 messages a second for ${SECONDS} s, then a stop, a start, kill -9, a start`);
  for (const printers of PRINTERS) {
    const scene = await openScene();
    let subject = await Subject.layerstream(scene.mqtt, scene.influx);
    try {
      await load(scene, printers);
      await subject.stop();
      subject = await again("stop", scene, subject, printers);
      await load(scene, printers);
      await subject.kill();
      subject = await again("kill -9", scene, subject, printers);
    } finally {
      await subject.end();
      await scene.close();
    }
  }
}

async function load(scene: Scene, printers: number): Promise<void> {
  const orders = { url: scene.mqtt, printers, hertz: RATE / printers, start: Date.now(), allFields: true };
  const before = await scene.rows();
  const { sent } = await publish<Orders, Published>({
    ...orders,
    mode: "rate",
    perSecond: RATE,
    seconds: SECONDS,
    roughEvery: 3600,
  });
  while ((await scene.rows()) < before + sent) await pause(LOOK_EVERY);
}

async function again(after: string, scene: Scene, { folder }: Subject, printers: number): Promise<Subject> {
  const began = performance.now();
  const subject = await Subject.layerstream(scene.mqtt, scene.influx, folder);
  const running = performance.now() - began;
  const orders = { url: scene.mqtt, printers: 1, hertz: 1, start: Date.now(), mode: "tries" } as const;
  await publish<Orders, Published>(orders);
  const answered = performance.now() - began;
  const rss = Math.round(subject.memory().now);
  console.log(
    `${String(printers).padStart(6)} printers, after ${after.padEnd(7)}: runs after ${(running / 1000).toFixed(1)} s, answers after ${(answered / 1000).toFixed(1)} s, ${rss} MB`,
  );
  return subject;
}
