import { median } from "./figures.js";
import { type Drained, drainInSteps, drainOnce, FLOOD } from "./flood.js";
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
  const perSecond = ({ perSecond: rate }: Drained): number => rate;
  const cpu = ({ cpu: used }: Drained): number => used;
  console.log(`median readings/s on this machine: ${(of(shared, perSecond) / of(alone, perSecond)).toFixed(2)} x`);
  console.log(`median CPU µs each, of all processes: ${(of(shared, cpu) / of(alone, cpu)).toFixed(2)} x`);
  for (let round = 1; round <= ROUNDS; round++) {
    const { intake, work } = await drainInSteps((mqtt, influx) => Subject.workers(Number(count), mqtt, influx));
    // What two cores could do that have nothing else to do, and no more than the first process can take in.
    const each = Math.max((intake + work) / 2, intake);
    const rate = of(alone, cpu) / each;
    console.log(
      `round ${round} in steps: ${intake.toFixed(1)} µs each to take in, ${work.toFixed(1)} µs to work on: ${rate.toFixed(2)} x on two free cores`,
    );
  }
}
