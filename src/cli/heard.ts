import type { NodeStatus } from "../streams/runtime/metrics.js";
import type { Clock } from "../streams/time/clock.js";

/** A broker that is there answers within some milliseconds. */
const LOOK_EVERY = 10;
/** One that is away, or a long journal that goes first, is not waited for, ms. */
const LONGEST = 2_000;

/** Resolves when every source hears what is sent now; where one does not for long, all the same. */
export async function heard(run: { status(): readonly NodeStatus[] }, clock: Clock, stop: AbortSignal): Promise<void> {
  const deaf = () => run.status().some(({ role, connected }) => role === "source" && !connected);
  const giveUp = clock.now() + LONGEST;
  while (deaf() && clock.now() < giveUp && !stop.aborted) await clock.sleep(LOOK_EVERY, stop);
}
