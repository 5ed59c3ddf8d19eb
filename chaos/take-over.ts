import { setTimeout as pause } from "node:timers/promises";
import type { Instance } from "./instance.js";
import type { Pair } from "./pair.js";
import { allAnswered, answersText } from "./promptness.js";
import { finding, type Finding, told } from "./scenario.js";
import { evenShares, partitionsOf, printersIn, shared, sharesText, takenAt } from "./shares.js";

/** Others must have the partitions of one that is gone after so long. ms */
const TAKEN_OVER = 10_000;
/** What has not come about by then never will. ms */
const GIVE_UP = 60_000;
const LOOK_EVERY = 100;

/** One of several instances that is gone, or as good as gone. */
export interface Absence {
  /** ms since the epoch. */
  readonly since: number;
  /** The same moment, ms of `performance.now()`. */
  readonly began: number;
  /** What it had. */
  readonly partitions: ReadonlySet<number>;
  readonly others: readonly Instance[];
}

/** Does it to one of them; resolves when the others have all that it had, or never will. */
export async function takeAway(
  { instances }: Pair["disturbed"],
  gone: Instance,
  how: () => void | Promise<void>,
): Promise<Absence> {
  const others = instances.filter((instance) => instance !== gone);
  const partitions = partitionsOf(gone.program);
  const absence = { since: Date.now(), began: performance.now(), partitions, others };
  await how();
  const waited = () => performance.now() - absence.began;
  while (takenAt(partitions, others, absence.since) === undefined && waited() < GIVE_UP) await pause(LOOK_EVERY);
  return absence;
}

/** Whether it was taken over from in time, and when its printers were answered again that had trouble before `to`. */
export function judgeAbsence(what: string, { farm, promptness }: Pair, absence: Absence, to: number): Finding[] {
  const { since, began, partitions, others } = absence;
  const taken = takenAt(partitions, others, since);
  const its = printersIn(partitions, farm);
  const answers = promptness.between(began, to, its);
  const restored = promptness.restored(began, to, its);
  return [
    told(`${what}: partitions that it had`, partitions.size),
    finding(
      `${what}: others had them after`,
      `at most ${seconds(TAKEN_OVER)}`,
      taken === undefined ? "never" : seconds(taken - since),
      taken !== undefined && taken - since <= TAKEN_OVER,
    ),
    told(`${what}: the last answer to its printers that was late came after`, seconds(restored)),
    told(`${what}: answers to its printers`, answersText(answers)),
    allAnswered(`${what}: its printers`, answers),
    allAnswered(
      `${what}: the printers of others`,
      promptness.between(began, to, (printer) => !its(printer)),
    ),
  ];
}

/** Waits until these share all partitions evenly. */
export async function judgeShares(what: string, instances: readonly Instance[]): Promise<Finding[]> {
  const took = await shared(instances, GIVE_UP);
  const [expected, found] = [evenShares(instances.length), sharesText(instances)];
  return [finding(`${what}: shares`, expected, `${found} after ${seconds(took)}`, found === expected)];
}

function seconds(ms: number): string {
  return ms === Infinity ? "never" : `${(ms / 1000).toFixed(1)} s`;
}
