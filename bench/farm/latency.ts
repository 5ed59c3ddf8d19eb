import { median, percentile, ratio } from "./figures.js";
import type { Orders, Published } from "./publisher.js";
import { openScene } from "./scene.js";
import { type Durability, publish, Subject } from "./subject.js";

const ROUNDS = 3;
const HERTZ = 10;
const SECONDS = 20;
const TRIES = 200;
/** Longer than the cooldown of quality.yaml, which would hide answers. */
const ROUGH_EVERY = 12;
/** Messages a second. */
const LOADS = [1_000, 10_000];

interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly unanswered: number;
}

type Start = (mqtt: string, influx: string) => Promise<Subject>;

/**
 * From handing a rough reading to the publisher's client until it has the adjustment, through mosquitto both ways: one at a
 * time, then under background load. All subjects in each round, each with a broker and a database of its own.
 */
export async function latency(): Promise<void> {
  await compare("the floor", Subject.floor, [Subject.layerstream]);
}

/** The same, of the program with each durability against none. */
export async function keepingLatency(): Promise<void> {
  const keeping =
    (promise: Durability): Start =>
    (mqtt, influx) =>
      Subject.keeping(promise, mqtt, influx);
  await compare("none", keeping("none"), [keeping("os"), keeping("fsync")]);
}

async function compare(name: string, floor: Start, subjects: readonly Start[]): Promise<void> {
  console.log(`${TRIES} tries, then ${LOADS.join(" and ")} messages/s for ${SECONDS} s each, ${ROUNDS} rounds, ms`);
  const all = [floor, ...subjects].map((start) => ({ start, taken: new Map<string, Latency[]>(), name: "" }));
  for (let round = 1; round <= ROUNDS; round++)
    for (const each of all) each.name = await once(each.start, `round ${round}`, each.taken);
  const [floors, ...ours] = all;
  for (const { name: subject, taken } of ours)
    for (const [load, rounds] of taken)
      for (const figure of ["p50", "p99"] as const) {
        const of = (each: readonly Latency[]) => median(each.map((one) => one[figure]));
        const figures = ratio(of(rounds), of(floors!.taken.get(load)!), name);
        console.log(`median ${figure} ${subject.padEnd(12)} ${load.padEnd(12)} ${figures}`);
      }
}

/** Resolves with what the subject is called. */
async function once(start: Start, round: string, taken: Map<string, Latency[]>): Promise<string> {
  const scene = await openScene();
  const subject = await start(scene.mqtt, scene.influx);
  const load = (printers: number) => ({ url: scene.mqtt, hertz: HERTZ, start: Date.now(), printers });
  const measure = async (orders: Orders): Promise<Latency> => {
    const { latencies, unanswered } = await publish<Orders, Published>(orders);
    return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), unanswered };
  };
  const rate = (perSecond: number, seconds: number) =>
    measure({ ...load(perSecond / HERTZ), mode: "rate", perSecond, seconds, roughEvery: ROUGH_EVERY });
  const note = (under: string, figures: Latency): void => {
    taken.set(under, [...(taken.get(under) ?? []), figures]);
    console.log(
      `${round} ${subject.name.padEnd(12)} ${under.padEnd(12)} p50 ${figures.p50.toFixed(1)}, p99 ${figures.p99.toFixed(1)}, unanswered ${figures.unanswered}`,
    );
  };
  try {
    // A process that has just started still compiles.
    await rate(1_000, 5);
    // What that left open is answered by now, and its printers may be slowed again.
    await new Promise((resolve) => setTimeout(resolve, ROUGH_EVERY * 1000));
    note(`${TRIES} tries`, await measure({ ...load(TRIES), mode: "tries" }));
    for (const perSecond of LOADS) {
      await new Promise((resolve) => setTimeout(resolve, ROUGH_EVERY * 1000));
      note(`${perSecond}/s`, await rate(perSecond, SECONDS));
    }
    return subject.name;
  } finally {
    await subject.end();
    await scene.close();
  }
}
