import { join } from "node:path";
import type { Log } from "../../component/context.js";
import type { Offsets } from "../../journal/journal.js";
import type { Clock } from "../../time/clock.js";
import type { Topology } from "../../topology/topology.js";
import type { Elsewhere, Kept, OpenJournal, OpenNode } from "../open.js";
import type { Checkpoints } from "../wire-options.js";
import { Checkpointer } from "./checkpointer.js";
import { Layout } from "./layout.js";
import { leftOfAll, leftOfSources, offsetsOf } from "./left-states.js";
import { makesOf } from "./make.js";
import { refuseOther, restore } from "./restore.js";

/** What lets a run go on where an earlier one ended. */
export interface Persistence {
  readonly journal: OpenJournal;
  /** What other instances took in, where one of several reads for all. */
  readonly elsewhere?: Elsewhere;
  /** Holds a folder a pipeline. */
  readonly checkpoints: string;
  /** Where records wait for sinks whose other side is away: a folder a pipeline too. */
  readonly spools?: string;
  /** ms between checkpoints. */
  readonly interval: number;
  /** Whether of a pipeline only the sources run here, and workers have the rest. Default: of none. */
  readonly sourcesOnly?: (pipeline: string) => boolean;
  /** Forgets what was kept: `end` begins with what comes now, `begin` works through the whole journal once more. */
  readonly reset?: "begin" | "end";
}

interface Surroundings {
  readonly keep: Persistence;
  readonly clock: Clock;
  readonly log: Log;
}

const WAYS_OUT =
  "Undo the edit; or start once with --reset-state begin to work through the journal again, " +
  "or with --reset-state end to begin with what comes now.";

type OpenSource = Extract<OpenNode, { readonly kept: Kept | undefined }>;

/**
 * Puts the state of the newest checkpoint back into the nodes of a pipeline, and says where its sources go on. Undefined for
 * a pipeline with a source whose stream is not kept: that one begins anew each time. Throws ConfigError where the graph was
 * edited so that it cannot take the old state.
 */
export async function takeUp(
  topology: Topology,
  nodes: readonly OpenNode[],
  { keep, clock, log }: Surroundings,
): Promise<Checkpoints | undefined> {
  const sources = nodes.filter((open): open is OpenSource => open.role === "source" && !open.shared);
  const unkept = sources.filter(({ kept }) => !kept).map(({ node }) => node.name);
  if (unkept.length > 0) {
    if (unkept.length < sources.length)
      log.warn("no checkpoints: not every source is kept, so a restart begins anew with all of them", {
        pipeline: topology.name,
        unkept,
      });
    return undefined;
  }
  const { name: pipeline } = topology;
  const layout = new Layout(join(keep.checkpoints, pipeline));
  // Epochs in the journal never count back, whatever is forgotten.
  const epoch = await layout.epoch();
  if (keep.reset) await layout.clear();
  const sourcesOnly = keep.sourcesOnly?.(pipeline) === true;
  const count = sources[0]?.kept?.stream.partitions ?? 0;
  const wanted = { pipeline, sources: sources.map(({ node }) => node.name), count, log };
  const left = await (sourcesOnly ? leftOfSources(layout, wanted) : leftOfAll(layout, wanted));
  const makes = makesOf(nodes);
  for (const state of left) {
    const { header } = state;
    refuseOther(topology, header.nodes, makes, WAYS_OUT);
    const keys = await restore(topology, nodes, state.entries(), WAYS_OUT);
    log.info("state restored", { pipeline, taken_at: header.taken_at, keys });
  }
  const checkpointer = new Checkpointer(
    {
      pipeline,
      files: sourcesOnly ? layout.sources : await layout.instead(),
      makes,
      nodes: nodes.filter(({ role }) => role !== "source").map(({ node }) => node.name),
      interval: keep.interval,
      clock,
      log,
    },
    epoch,
  );
  const from = new Map<string, Offsets>();
  for (const { node, kept } of sources) {
    const { stream } = kept!;
    from.set(node.name, offsetsOf(node.name, left, keep.reset === "end" ? stream.ends() : stream.begins()));
  }
  for (const open of nodes) {
    if (open.role !== "sink" || !open.deeds) continue;
    const { deeds, node } = open;
    checkpointer.addNotes(node.name, await deeds.load(offsetsOf(node.name, left, await deeds.begins())));
  }
  const apart = left.find(({ partitions }) => partitions.size === 0);
  return { checkpointer, from, ...(apart && { heard: new Map(Object.entries(apart.header.offsets)) }) };
}
