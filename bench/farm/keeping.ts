import { median } from "./figures.js";
import { type Drained, drainOnce, FLOOD } from "./flood.js";
import { Subject } from "./subject.js";

const ROUNDS = 3;
const PROMISES = ["none", "os", "fsync"] as const;

/** What journal and checkpoints cost while a backlog is worked off: each durability against none. */
export async function keeping(): Promise<void> {
  console.log(`${FLOOD}, ${ROUNDS} rounds`);
  const drained = new Map<string, Drained[]>(PROMISES.map((promise) => [promise, []]));
  for (let round = 1; round <= ROUNDS; round++)
    for (const promise of PROMISES)
      drained
        .get(promise)!
        .push(await drainOnce((mqtt, influx) => Subject.keeping(promise, mqtt, influx), `round ${round}`));
  const of = (promise: string, figure: "perSecond" | "cpu" | "peak") =>
    median(drained.get(promise)!.map((each) => each[figure]));
  for (const promise of PROMISES.slice(1)) {
    const throughput = of(promise, "perSecond") / of("none", "perSecond");
    const cpu = of(promise, "cpu") - of("none", "cpu");
    const peak = of(promise, "peak") - of("none", "peak");
    console.log(
      `${promise.padEnd(5)} ${throughput.toFixed(2)} x the readings/s, ${cpu.toFixed(1)} µs more each, ${peak.toFixed(0)} MB more at the peak`,
    );
  }
}
