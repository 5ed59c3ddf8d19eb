import type { ResourceKey } from "../streams/component/context.js";
import type { Node, Topology } from "../streams/topology/topology.js";

/** All that the nodes of these pipelines ask for. */
export function needsOf(
  topologies: readonly Topology[],
  which: (node: Node) => boolean = () => true,
): ResourceKey<unknown>[] {
  return topologies.flatMap(({ nodes }) => nodes.filter(which).flatMap(({ definition }) => definition.needs ?? []));
}
