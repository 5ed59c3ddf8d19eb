import { instance } from "@viz-js/viz";
import { drawGraph } from "../streams/topology/draw.js";
import { loadTopologies } from "./pipelines.js";
import type { ExitCode, Session } from "./session.js";

export const GRAPH_FORMATS = ["mermaid", "dot", "svg", "json"] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** The compiled topology as a picture, with record types on the edges. */
export async function graph(
  { settings, registry, out }: Session,
  path: string,
  format: GraphFormat,
): Promise<ExitCode> {
  const { topologies } = await loadTopologies([path], registry, settings.variables());
  for (const topology of topologies) {
    const drawing =
      format === "svg"
        ? (await instance()).renderString(drawGraph(topology, "dot"), { format: "svg" })
        : drawGraph(topology, format);
    out.line(drawing.trimEnd());
  }
  return 0;
}
