import { median, ratio } from "./figures.js";
import { type Drained, drainOnce, FLOOD } from "./flood.js";
import { Subject } from "./subject.js";

const ROUNDS = 3;

/** How fast a backlog is worked off, against the bare client. */
export async function drain(): Promise<void> {
  console.log(`${FLOOD}, ${ROUNDS} rounds`);
  const floors: Drained[] = [];
  const ours: Drained[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    floors.push(await drainOnce(Subject.floor, `round ${round}`));
    ours.push(await drainOnce(Subject.layerstream, `round ${round}`));
  }
  const of = (rounds: readonly Drained[], figure: "perSecond" | "cpu" | "peak") =>
    median(rounds.map((each) => each[figure]));
  console.log(`median readings/s   ${ratio(of(ours, "perSecond"), of(floors, "perSecond"))}`);
  console.log(`median CPU µs each  ${ratio(of(ours, "cpu"), of(floors, "cpu"))}`);
  console.log(`median peak MB      ${ratio(of(ours, "peak"), of(floors, "peak"))}`);
}
