import type { Log } from "../../component/context.js";
import { ConfigError } from "../../component/errors.js";
import type { Offsets } from "../../journal/journal.js";
import type { Clock } from "../../time/clock.js";
import type { Topology } from "../../topology/topology.js";
import type { OpenNode } from "../open.js";
import type { Share } from "../share.js";
import type { Checkpoints } from "../wire-options.js";
import { Checkpointer } from "./checkpointer.js";
import { offsetsOf } from "./left-states.js";
import { makesOf } from "./make.js";
import { refuseOther, restore } from "./restore.js";

interface Surroundings {
  readonly share: Share;
  /** ms between checkpoints. */
  readonly interval: number;
  readonly clock: Clock;
  readonly log: Log;
}

const WAYS_OUT =
  "Undo the edit; or give those who share the work another CONSUMER_GROUP, which works through all that is kept.";

/**
 * Puts back into the nodes of a pipeline what was left of our partitions by whoever had them, each as far as that one came,
 * and says where the sources go on. Throws ConfigError where the graph was edited so that it cannot take it.
 */
export async function takeOver(
  topology: Topology,
  nodes: readonly OpenNode[],
  { share, interval, clock, log }: Surroundings,
): Promise<Checkpoints> {
  const pipeline = topology.name;
  const states = await share.states(pipeline);
  const left = await states.load();
  const makes = makesOf(nodes);
  for (const each of left) {
    refuseOther(topology, each.header.nodes, makes, WAYS_OUT);
    await restore(topology, nodes, each.entries(), WAYS_OUT);
  }
  log.debug("state taken over", { pipeline, partitions: share.partitions.size, checkpoints: left.length });
  const options = {
    pipeline,
    files: states,
    makes,
    nodes: nodes.filter(({ role }) => role !== "source").map(({ node }) => node.name),
    interval,
    clock,
    log,
  };
  const checkpointer = new Checkpointer(options, Math.max(0, ...left.map(({ header }) => header.epoch)));
  const from = new Map<string, Offsets>();
  const ends = new Map<string, Offsets>();
  for (const open of nodes) {
    const { name } = open.node;
    if (open.role === "source") {
      if (!open.shared) throw new ConfigError(`${topology.file}: source "${name}" is not shared`);
      const stream = open.shared;
      ends.set(name, await stream.ends());
      from.set(name, offsetsOf(name, left, await stream.begins()));
    } else if (open.role === "sink" && open.deeds) {
      const begins = await open.deeds.begins();
      checkpointer.addNotes(name, await open.deeds.load(offsetsOf(name, left, begins)));
    }
  }
  return { checkpointer, from, ends };
}
