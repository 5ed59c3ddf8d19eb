import { controlMode } from "../sinks/feedback/mode.js";
import type { ResourceKey } from "../streams/component/context.js";
import type { Node, Topology } from "../streams/topology/topology.js";

/** All that the nodes of these pipelines ask for. */
export function needsOf(
  topologies: readonly Topology[],
  which: (node: Node) => boolean = () => true,
): ResourceKey<unknown>[] {
  return topologies.flatMap(({ nodes }) => nodes.filter(which).flatMap(({ definition }) => definition.needs ?? []));
}

/** True where printers are answered: these pipelines have a feedback sink. */
export function answersPrinters(topologies: readonly Topology[]): boolean {
  return needsOf(topologies).includes(controlMode);
}
