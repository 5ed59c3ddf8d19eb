import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Sqlite } from "../src/connections/history/sqlite.js";
import { Subject } from "./farm/subject.js";

/** Readings a second that are asked for, and of how many printers: fewer would have to share timestamps. */
const ASKED = 30_000;
const PRINTERS = 100;
/** s. By then windows are full enough to be judged. */
const SETTLING = 20;
const MEASURED = 20;
const MEASURED_QUIET = 30;
const UNDER_WAY = 3;

/** What `npm start` does with nothing set: the broker, the printers and the store are all in the one process. */
export async function embedded(): Promise<void> {
  await whileRunning({ SYNTHESIZER_RATE_HZ: String(ASKED), SYNTHESIZER_PRINTERS: String(PRINTERS) }, fast);
  await whileRunning({}, quiet);
}

async function whileRunning(
  settings: Record<string, string>,
  measure: (subject: Subject) => Promise<void>,
): Promise<void> {
  const subject = await Subject.stranger(settings);
  try {
    await pause(SETTLING * 1000);
    await measure(subject);
  } finally {
    await subject.end();
  }
}

async function fast(subject: Subject): Promise<void> {
  const from = Date.now();
  const cpu = await cpuWithin(subject, MEASURED);
  const to = Date.now();
  const { peak } = subject.memory();
  // What is under way when it is stopped is gone with its broker.
  await pause(UNDER_WAY * 1000);
  await subject.stop();
  const log = subject.said
    .join("")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);
  const ended = log.find(({ message }) => message === "ended");
  if (ended?.unwritten !== 0 || ended.dead !== 0) throw new Error(`readings went astray: ${JSON.stringify(ended)}`);
  const leftOut = log
    .filter(({ message, time }) => message.includes("left readings out") && Date.parse(time) >= from)
    .reduce((sum, { seconds = 0 }) => sum + seconds, 0);
  // The times of simulated readings follow the clock.
  const stored = readingsOf(join(subject.folder, "history.db"), from, to);
  const asked = Math.round(((to - from) / 1000) * ASKED);
  console.log(
    `of ${asked} readings in ${MEASURED} s of ${PRINTERS} printers: ${stored} stored, ` +
      `left out by the printers ${Math.round(leftOut * ASKED)}; ${Math.round(stored / MEASURED)} readings/s, ` +
      `${percent(cpu)} of a core, ${((cpu * MEASURED * 1e6) / stored).toFixed(1)} µs each, peak ${Math.round(peak)} MB`,
  );
}

interface Line {
  readonly message: string;
  readonly time: string;
  readonly seconds?: number;
  readonly unwritten?: number;
  readonly dead?: number;
}

function readingsOf(path: string, from: number, to: number): number {
  const history = new Sqlite(path);
  try {
    const count = "SELECT count(*) FROM records WHERE kind = 0 AND time >= ? AND time < ?";
    return history.prepare<[number]>(count).get([from, to])![0];
  } finally {
    history.close();
  }
}

async function quiet(subject: Subject): Promise<void> {
  const cpu = await cpuWithin(subject, MEASURED_QUIET);
  console.log(`100 readings/s of 8 printers: ${percent(cpu)} of a core, ${Math.round(subject.memory().now)} MB`);
}

/** Share of a core. */
async function cpuWithin(subject: Subject, seconds: number): Promise<number> {
  const [before, began] = [subject.cpu(), performance.now()];
  await pause(seconds * 1000);
  return (subject.cpu() - before) / ((performance.now() - began) / 1000);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
