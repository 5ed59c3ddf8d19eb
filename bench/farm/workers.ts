import { median } from "./figures.js";
import { type Drained, drainOnce, FLOOD } from "./flood.js";
import { Subject } from "./subject.js";

const ROUNDS = 3;

/** How much faster a backlog is worked off by so many workers (default: 2) than by one process. */
export async function workers([count = "2"]: readonly string[]): Promise<void> {
  console.log(`${FLOOD}, ${ROUNDS} rounds`);
  const alone: Drained[] = [];
  const shared: Drained[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    alone.push(await drainOnce((mqtt, influx) => Subject.workers(1, mqtt, influx), `round ${round}`));
    shared.push(await drainOnce((mqtt, influx) => Subject.workers(Number(count), mqtt, influx), `round ${round}`));
  }
  const of = (rounds: readonly Drained[], figure: (drained: Drained) => number) => median(rounds.map(figure));
  const ratio = of(shared, ({ perSecond }) => perSecond) / of(alone, ({ perSecond }) => perSecond);
  // What the busiest process takes of a reading is what bounds the rate where there are cores enough for all.
  const bound = of(alone, ({ cpu }) => cpu) / of(shared, ({ cpus }) => Math.max(...cpus));
  const cost = of(shared, ({ cpu }) => cpu) / of(alone, ({ cpu }) => cpu);
  console.log(`median readings/s: ${ratio.toFixed(2)} x; by the busiest process alone ${bound.toFixed(2)} x`);
  console.log(`median CPU µs each, of all processes: ${cost.toFixed(2)} x`);
}
