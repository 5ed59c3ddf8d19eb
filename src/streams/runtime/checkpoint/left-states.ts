import type { Log } from "../../component/context.js";
import type { Offsets } from "../../journal/journal.js";
import { partitionOf } from "../../record/partition.js";
import type { LeftState } from "../share.js";
import type { Entry, Header, OwnEntry } from "./checkpoint.js";
import type { CheckpointFiles } from "./file.js";
import type { Layout } from "./layout.js";
import { newest } from "./newest.js";
import type { Checkpoint } from "./read-file.js";

export interface Wanted {
  readonly pipeline: string;
  /** Names of its sources. */
  readonly sources: readonly string[];
  /** How many partitions its streams have. */
  readonly count: number;
  readonly log: Log;
}

/**
 * What earlier runs left of these partitions, with whatever number of workers: of each partition the checkpoint that came
 * furthest in it. None of a partition where nobody has left any.
 *
 * @param parts where they may have left it
 */
export async function leftStates(
  parts: readonly CheckpointFiles[],
  partitions: ReadonlySet<number>,
  wanted: Wanted,
): Promise<LeftState[]> {
  const { pipeline, log } = wanted;
  const found: Checkpoint[] = [];
  for (const files of parts) {
    const checkpoint = await newest(files, pipeline, log);
    if (checkpoint) found.push(checkpoint);
  }
  const chosen = new Map<Checkpoint, Set<number>>();
  for (const partition of partitions) {
    const speaking = found.filter(({ header }) => header.partitions?.includes(partition) ?? true);
    const [best, ...others] = speaking;
    if (!best) continue;
    const furthest = others.reduce((a, b) => (isBehind(a.header, b.header, wanted, [partition]) ? b : a), best);
    chosen.set(furthest, (chosen.get(furthest) ?? new Set()).add(partition));
  }
  return [...chosen].map(([checkpoint, own]) => leftOf(checkpoint, own, wanted));
}

/**
 * What was left to a run without workers: the state of operators and sinks by partition, and that of the sources, which may be
 * in a checkpoint apart.
 */
export async function leftOfAll(layout: Layout, wanted: Wanted): Promise<LeftState[]> {
  const states = await leftStates(await layout.parts(), allOf(wanted), wanted);
  const apart = await newest(layout.sources, wanted.pipeline, wanted.log);
  if (!apart) return states;
  const whole = await newest(layout.whole, wanted.pipeline, wanted.log);
  if (whole && isBehind(apart.header, whole.header, wanted)) return states;
  const sources = leftOf(apart, allOf(wanted), wanted);
  return [...states, { ...sources, partitions: new Set<number>() }];
}

/** What was left to a run that has the sources and nothing else: by whichever kind of run came further. */
export async function leftOfSources(layout: Layout, wanted: Wanted): Promise<LeftState[]> {
  const { pipeline, log } = wanted;
  const whole = await newest(layout.whole, pipeline, log);
  const apart = await newest(layout.sources, pipeline, log);
  const furthest = whole && apart && isBehind(apart.header, whole.header, wanted) ? whole : (apart ?? whole);
  return furthest ? [leftOf(furthest, allOf(wanted), wanted)] : [];
}

/** Offsets of a node from those that speak for each partition; of the rest, those that are given. */
export function offsetsOf(node: string, left: readonly LeftState[], others: Offsets): Offsets {
  const offsets = [...others];
  for (const { header, partitions } of left) {
    const known = header.offsets[node];
    if (known) for (const partition of partitions) offsets[partition] = known[partition]!;
  }
  return offsets;
}

function allOf({ count }: Wanted): ReadonlySet<number> {
  return new Set(Array.from({ length: count }, (_, partition) => partition));
}

function leftOf(checkpoint: Checkpoint, partitions: ReadonlySet<number>, { count }: Wanted): LeftState {
  return {
    header: checkpoint.header,
    partitions,
    async *entries(): AsyncGenerator<Entry | OwnEntry> {
      for await (const entry of checkpoint.entries())
        if (entry.length === 2 || partitions.size === count || partitions.has(partitionOf(entry[2], count)))
          yield entry;
    },
  };
}

/** Whether one has come less far in these partitions than another; where they are level, whether it is older. */
function isBehind(one: Header, other: Header, wanted: Wanted, partitions: Iterable<number> = allOf(wanted)): boolean {
  let ahead = 0;
  for (const partition of partitions)
    for (const name of wanted.sources)
      ahead += (other.offsets[name]?.[partition] ?? 0) - (one.offsets[name]?.[partition] ?? 0);
  return ahead > 0 || (ahead === 0 && other.taken_at > one.taken_at);
}
