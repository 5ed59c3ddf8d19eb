import type { Log } from "../../streams/component/context.js";
import type { Node, Topology } from "../../streams/topology/topology.js";

/** Sources whose streams are kept: these are what others can work on. */
export function keptSources({ nodes }: Topology): Node[] {
  return nodes.filter(({ definition, options }) => definition.role === "source" && definition.keeps?.(options));
}

/** Whether the work of a pipeline can be shared: all that it reads is kept. */
export function isShared(topology: Topology, log: Log): boolean {
  const sources = topology.nodes.filter(({ definition }) => definition.role === "source");
  const kept = keptSources(topology);
  if (kept.length === sources.length) return true;
  if (kept.length > 0)
    log.warn("not every source is kept, so one instance does all the work", { pipeline: topology.name });
  return false;
}

/** The sources of a pipeline and nothing behind them. */
export function intakeOf(topology: Topology): Topology {
  return { ...topology, nodes: topology.nodes.filter(({ definition }) => definition.role === "source"), tests: [] };
}

/** A sink that writes one file, in which several processes would be in each other's way. */
export function orderedSink({ nodes }: Topology): Node | undefined {
  return nodes.find(({ definition }) => definition.role === "sink" && definition.ordered);
}
