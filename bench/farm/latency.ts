import { median, percentile, ratio } from "./figures.js";
import type { Orders, Published } from "./publisher.js";
import { openScene } from "./scene.js";
import { publish, Subject } from "./subject.js";

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

/**
 * From handing a rough reading to the publisher's client until it has the adjustment, through mosquitto both ways: one at a
 * time, then under background load. Both subjects in each round, each with a broker and a database of its own.
 */
export async function latency(): Promise<void> {
  console.log(`${TRIES} tries, then ${LOADS.join(" and ")} messages/s for ${SECONDS} s each, ${ROUNDS} rounds, ms`);
  const floors = new Map<string, Latency[]>();
  const ours = new Map<string, Latency[]>();
  for (let round = 1; round <= ROUNDS; round++) {
    await once(Subject.floor, `round ${round}`, floors);
    await once(Subject.layerstream, `round ${round}`, ours);
  }
  for (const [load, rounds] of ours) {
    const of = (taken: readonly Latency[], figure: keyof Latency) => median(taken.map((each) => each[figure]));
    for (const figure of ["p50", "p99"] as const)
      console.log(`median ${figure} ${load.padEnd(12)} ${ratio(of(rounds, figure), of(floors.get(load)!, figure))}`);
  }
}

async function once(
  start: (mqtt: string, influx: string) => Promise<Subject>,
  round: string,
  taken: Map<string, Latency[]>,
): Promise<void> {
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
  } finally {
    await subject.end();
    await scene.close();
  }
}
