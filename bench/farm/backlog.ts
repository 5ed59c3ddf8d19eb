import { connectAsync } from "mqtt";
import { median } from "./figures.js";
import { COUNT } from "./flood.js";
import type { Orders, Published } from "./publisher.js";
import { openScene, type Scene } from "./scene.js";
import { publish, Subject } from "./subject.js";

const ROUNDS = 3;
/** Each has its readings within twelve seconds, so that they are fresh when they are read. */
const PRINTERS = 5_000;
const HERTZ = 5;
const ROUGH_EACH = 1_009;
/** A process that has just started still compiles. */
const WARM = 30_000;
const LOOK_EVERY = 50;

/** How soon a printer is answered when the program has to read a backlog, and what memory that takes. */
export async function backlog(): Promise<void> {
  console.log(
    `${COUNT} QoS 1 messages of ${PRINTERS} printers wait at the broker, one in ${ROUGH_EACH} rough, ${ROUNDS} rounds`,
  );
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const taken = await once();
    rounds.push(taken);
    console.log(
      `round ${round} first answer after ${taken.first.toFixed(0)} ms, all ${taken.answers} after ${(taken.last / 1000).toFixed(1)} s, ` +
        `resident ${Math.round(taken.rest)} MB at rest, ${Math.round(taken.peak)} MB at most`,
    );
  }
  const of = (figure: (round: Round) => number) => median(rounds.map(figure));
  console.log(`median first answer ${of(({ first }) => first).toFixed(0)} ms`);
  console.log(`median memory at most ${of(({ peak, rest }) => peak / rest).toFixed(2)} x that at rest`);
}

interface Round {
  /** ms from the moment that the program runs again. */
  readonly first: number;
  readonly last: number;
  readonly answers: number;
  /** MB */
  readonly rest: number;
  readonly peak: number;
}

async function once(): Promise<Round> {
  const scene = await openScene();
  const subject = await Subject.layerstream(scene.mqtt, scene.influx);
  const told: number[] = [];
  const printers = await connectAsync(scene.mqtt, { protocolVersion: 4 });
  printers.on("message", () => told.push(performance.now()));
  try {
    await flood(scene, WARM, Date.now() - 3600_000);
    while ((await scene.rows()) < WARM) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    await printers.subscribeAsync("printer/control/+", { qos: 1 });
    const rest = subject.memory().now;
    subject.process.kill("SIGSTOP");
    await flood(scene, COUNT, Date.now(), ROUGH_EACH);
    const began = performance.now();
    subject.process.kill("SIGCONT");
    while ((await scene.rows()) < WARM + COUNT) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    const [first, last] = [told[0]! - began, told.at(-1)! - began];
    return { first, last, answers: told.length, rest, peak: subject.memory().peak };
  } finally {
    subject.process.kill("SIGCONT");
    await printers.endAsync(true);
    await subject.end();
    await scene.close();
  }
}

async function flood({ mqtt: url }: Scene, count: number, start: number, roughEach?: number): Promise<void> {
  const load = { url, printers: PRINTERS, hertz: HERTZ, start, count };
  await publish<Orders, Published>({ ...load, mode: "flood", ...(roughEach !== undefined && { roughEach }) });
}
