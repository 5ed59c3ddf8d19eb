import type { SourceDefinition } from "../component/definition.js";
import type { Topology } from "./topology.js";

/** The same graph with other sources in the places of its own: a recording, what a scenario inserts, nothing. */
export function withSources(topology: Topology, standIns: ReadonlyMap<string, SourceDefinition>): Topology {
  const nodes = topology.nodes.map((node) => {
    const definition = standIns.get(node.name);
    return definition ? { ...node, definition, options: undefined } : node;
  });
  return { ...topology, nodes };
}

/** The part of a graph that the named nodes need: themselves and all that feeds them. */
export function partFor(topology: Topology, names: readonly string[]): Topology {
  const wanted = new Set(names);
  for (const node of [...topology.nodes].reverse())
    if (wanted.has(node.name)) for (const input of node.inputs) wanted.add(input.node);
  return { ...topology, nodes: topology.nodes.filter((node) => wanted.has(node.name)) };
}
