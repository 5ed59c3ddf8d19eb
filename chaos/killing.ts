import { setTimeout as pause } from "node:timers/promises";
import type { Gate } from "./gate.js";
import type { Place } from "./place.js";
import { sequence } from "./random.js";

/** So long it runs until it is killed, and so long it is dead, at most. ms */
const UP = 5_000;
const DOWN = 1_000;
/**
 * While the newest rows of any printer are so old it is let be, for a minute at most: beyond the minute in which data is
 * fresh nothing is sent any more, rightly, and the two runs part. ms
 */
const BEHIND = 12_000;
export const PATIENCE = 60_000;
const LOOK_EVERY = 50;
/** One in so many kills comes while it starts, so long after that began at most. ms */
const EARLY = { each: 4, within: 1_500 };

/** What came of the starts of a program that is killed again and again. */
export interface Starts {
  /** How many were killed before they came to their end. */
  early: number;
  /** ms until it was at work, of those that were. */
  readonly took: number[];
  /** ms that it was let be to catch up, all in all. */
  spared: number;
}

/** Resolves when it was started for the last time. */
export async function killAgainAndAgain(
  place: Place,
  kills: number,
  { seed, patience }: { readonly seed: number; readonly patience: number },
  say: (text: string) => void,
): Promise<Starts> {
  const { instance, gate } = place;
  const random = sequence(seed);
  const starts: Starts = { early: 0, took: [], spared: 0 };
  for (let i = 1; i <= kills; i++) {
    const early = i % EARLY.each === 0;
    if (!early) {
      starts.took.push(await untilAtWork(place));
      starts.spared += await caughtUp(gate, patience);
    }
    await pause(random() * (early ? EARLY.within : UP));
    if (early) starts.early++;
    await instance.kill();
    say(`kill ${i} of ${kills}${early ? ", while starting" : ""}`);
    await pause(random() * DOWN);
    instance.start();
  }
  starts.took.push(await untilAtWork(place));
  return starts;
}

/** ms until no printer was far behind, or was waited for long enough. */
async function caughtUp(gate: Gate, patience: number): Promise<number> {
  const began = performance.now();
  const waited = () => performance.now() - began;
  while (Date.now() - gate.lines.reached > BEHIND && waited() < patience) await pause(LOOK_EVERY);
  return waited();
}

/** ms from now, which is just after its start, until it is at work. */
async function untilAtWork(place: Place): Promise<number> {
  const began = performance.now();
  await place.atWork(place.instance);
  return performance.now() - began;
}
