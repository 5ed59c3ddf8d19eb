import type { SourceDefinition } from "../streams/component/definition.js";
import { ConfigError } from "../streams/component/errors.js";
import type { Node, Topology } from "../streams/topology/topology.js";

/** The source whose place a recording can take. Throws ConfigError where there is none. */
export function sourceOfReadings(topology: Topology): Node {
  const found = topology.nodes.find(
    ({ definition, emits }) => definition.role === "source" && emits?.kind === "reading",
  );
  if (found) return found;
  throw new ConfigError(
    `${topology.file}: no source of this pipeline gives readings, so a recording cannot take its place`,
  );
}

/** The recording stands in for the source of readings; what other sources there are stay silent. */
export function inPlaceOfSources(topology: Topology, recording: SourceDefinition): Map<string, SourceDefinition> {
  const sources = topology.nodes.filter(({ definition }) => definition.role === "source");
  const first = sourceOfReadings(topology);
  const silent: SourceDefinition = {
    ...recording,
    open: () => ({
      async *read() {
        // gives nothing
      },
    }),
  };
  return new Map(sources.map(({ name }) => [name, name === first.name ? recording : silent]));
}
