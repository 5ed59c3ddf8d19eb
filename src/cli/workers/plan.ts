import { ConfigError } from "../../streams/component/errors.js";
import type { Node, Topology } from "../../streams/topology/topology.js";
import { intakeOf, keptSources, orderedSink } from "../group/parts.js";

/** Which process runs what. */
export interface Plan {
  /** Pipelines whose work is shared among the workers. */
  readonly shared: readonly Topology[];
  /** What runs in this process: the sources of those, and all other pipelines whole. */
  readonly here: readonly Topology[];
}

/**
 * A pipeline can be shared if every source of it is kept: then workers find its records in the journal. Any other begins anew
 * each time, and stays whole. Throws ConfigError where a sink writes one file, in which several processes would be in each
 * other's way.
 */
export function planOf(topologies: readonly Topology[], workers: number): Plan {
  const shared = workers > 1 ? topologies.filter(isKept) : [];
  for (const topology of shared) {
    const ordered = orderedSink(topology);
    if (!ordered) continue;
    throw new ConfigError(
      `${topology.file}: sink "${ordered.name}" (${ordered.definition.type}) writes one file in order, and ${workers} workers ` +
        "cannot: run with WORKERS=1, or take this sink out",
    );
  }
  return { shared, here: topologies.map((topology) => (shared.includes(topology) ? intakeOf(topology) : topology)) };
}

function isKept(topology: Topology): boolean {
  return keptSources(topology).length === topology.nodes.filter(isSource).length;
}

export function isSource({ definition }: Node): boolean {
  return definition.role === "source";
}
