import type { Published, Orders } from "./publisher.js";
import { openScene, type Scene } from "./scene.js";
import { publish, type Subject } from "./subject.js";

export const COUNT = 300_000;
const PRINTERS = 100;
const HERTZ = 10;
const LOOK_EVERY = 50;
/** ms */
const SETTLED_AFTER = 10_000;

/** What is published, for a heading. */
export const FLOOD = `${COUNT} QoS 1 messages of ${PRINTERS} printers at ${HERTZ} Hz each`;

export interface Drained {
  readonly perSecond: number;
  /** µs a reading */
  readonly cpu: number;
  /** The same of each process: the first one, then its workers. */
  readonly cpus: readonly number[];
  /** MB */
  readonly peak: number;
}

/**
 * The subject is stopped while the broker takes all messages, then let go, until the database holds every row: nobody
 * competes with it but the broker and the database that it talks to. One that loses its place while it is stopped takes them
 * as they come.
 */
export async function drainOnce(
  start: (mqtt: string, influx: string) => Promise<Subject>,
  round: string,
  { stopped = true }: { readonly stopped?: boolean } = {},
): Promise<Drained> {
  const scene = await openScene();
  const subject = await start(scene.mqtt, scene.influx);
  try {
    await settled(subject);
    if (stopped) subject.process.kill("SIGSTOP");
    const before = subject.cpus();
    let began = performance.now();
    await publish<Orders, Published>(orders(scene));
    if (stopped) began = performance.now();
    subject.process.kill("SIGCONT");
    await complete(scene);
    const seconds = (performance.now() - began) / 1000;
    const cpus = subject.cpus().map((used, i) => ((used - before[i]!) / COUNT) * 1e6);
    const drained = {
      perSecond: COUNT / seconds,
      cpu: cpus.reduce((sum, used) => sum + used),
      cpus,
      peak: subject.memory().peak,
    };
    console.log(
      `${round} ${subject.name.padEnd(12)} ${Math.round(drained.perSecond)} readings/s, ${drained.cpu.toFixed(1)} µs each${partsOf(cpus)}, peak ${Math.round(drained.peak)} MB${workersOf(subject.workerPeaks())}`,
    );
    return drained;
  } finally {
    subject.process.kill("SIGCONT");
    await subject.end();
    await scene.close();
  }
}

function workersOf(peaks: readonly number[]): string {
  return peaks.length > 0 ? `, of workers ${peaks.map(Math.round).join(", ")}` : "";
}

function partsOf(cpus: readonly number[]): string {
  return cpus.length > 1 ? ` (${cpus.map((used) => used.toFixed(1)).join(" + ")})` : "";
}

/**
 * The same in two steps, so that no process has to share a core with another: first the subject takes all messages in while its
 * workers stand still, then they work it off. µs a reading: its own, and that of all workers together.
 */
export async function drainInSteps(
  start: (mqtt: string, influx: string) => Promise<Subject>,
): Promise<{ readonly intake: number; readonly work: number }> {
  const scene = await openScene();
  const subject = await start(scene.mqtt, scene.influx);
  const each = () => subject.cpus().map((used) => (used / COUNT) * 1e6);
  try {
    await settled(subject);
    subject.process.kill("SIGSTOP");
    subject.signalWorkers("SIGSTOP");
    await publish<Orders, Published>(orders(scene));
    const before = each();
    subject.process.kill("SIGCONT");
    await settled(subject);
    const between = each();
    subject.signalWorkers("SIGCONT");
    await complete(scene);
    const [own, ...others] = each();
    return { intake: own! - before[0]!, work: others.reduce((sum, used, i) => sum + used - between[i + 1]!, 0) };
  } finally {
    subject.signalWorkers("SIGCONT");
    await subject.end();
    await scene.close();
  }
}

/** All of it, with times up to now. */
export function orders(scene: Scene): Orders {
  const start = Date.now() - (COUNT / PRINTERS / HERTZ) * 1000;
  return { url: scene.mqtt, mode: "flood", count: COUNT, printers: PRINTERS, hertz: HERTZ, start };
}

/** A process that has just started still compiles; one that is profiled is never at rest. */
async function settled(subject: Subject): Promise<void> {
  const giveUp = performance.now() + SETTLED_AFTER;
  for (let before = -1; subject.cpu() !== before && performance.now() < giveUp;) {
    before = subject.cpu();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Resolves when the database holds all. */
export async function complete(scene: Scene): Promise<void> {
  // The last printer's rows come last; the whole count is the proof, and dear.
  const last = `printer_${PRINTERS}`;
  while ((await scene.rows(last)) < COUNT / PRINTERS) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  while ((await scene.rows()) < COUNT) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
}
