import { join } from "node:path";
import type { Log } from "../../component/context.js";
import { ConfigError, messageOf } from "../../component/errors.js";
import type { Offsets } from "../../journal/journal.js";
import type { Clock } from "../../time/clock.js";
import type { Topology } from "../../topology/topology.js";
import type { Elsewhere, Kept, OpenJournal, OpenNode } from "../open.js";
import type { Checkpoints } from "../wire-options.js";
import { Checkpointer } from "./checkpointer.js";
import { CheckpointFiles } from "./file.js";
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
  const files = new CheckpointFiles(join(keep.checkpoints, topology.name));
  // Epochs in the journal never count back, whatever is forgotten.
  const [known = 0] = await files.epochs();
  if (keep.reset) await files.clear();
  const found = await newest(files, topology, log);
  const makes = makesOf(nodes);
  if (found) {
    refuseOther(topology, found.header.nodes, makes, WAYS_OUT);
    await restore(topology, nodes, found.entries(), WAYS_OUT);
    log.info("state restored", {
      pipeline: topology.name,
      taken_at: found.header.taken_at,
      keys: found.size,
    });
  }
  const checkpointer = new Checkpointer(
    {
      pipeline: topology.name,
      files,
      makes,
      nodes: nodes.filter(({ role }) => role !== "source").map(({ node }) => node.name),
      interval: keep.interval,
      clock,
      log,
    },
    found?.header.epoch ?? known,
  );
  const from = new Map<string, Offsets>();
  for (const { node, kept } of sources) {
    const { stream } = kept!;
    from.set(node.name, found?.header.offsets[node.name] ?? (keep.reset === "end" ? stream.ends() : stream.begins()));
  }
  for (const open of nodes) {
    if (open.role !== "sink" || !open.deeds) continue;
    const { deeds, node } = open;
    checkpointer.addNotes(node.name, await deeds.load(found?.header.offsets[node.name]));
  }
  return { checkpointer, from };
}

async function newest(files: CheckpointFiles, topology: Topology, log: Log) {
  let broken = false;
  for (const epoch of await files.epochs()) {
    try {
      return await files.read(epoch);
    } catch (cause) {
      if (cause instanceof ConfigError) throw cause;
      const found = { pipeline: topology.name, epoch, cause: messageOf(cause) };
      log.error("checkpoint cannot be read, it is set aside and the one before is taken", found);
      await files.setAside(epoch);
      broken = true;
    }
  }
  if (broken)
    log.error("no checkpoint is left, all that the journal holds is worked through", { pipeline: topology.name });
  return undefined;
}
