import { expect, it } from "@jest/globals";
import { compiled, smallPipeline } from "../contract/pipelines.js";
import { topologyOf } from "../contract/graph.js";
import { drawGraph } from "./draw.js";

const topology = compiled(smallPipeline);

it("draws for Mermaid", () => {
  expect(drawGraph(topology, "mermaid")).toBe(`flowchart LR
  n0(["sensors<br/><small>mqtt</small>"])
  n1["spans<br/><small>window</small>"]
  n2["features<br/><small>extract</small>"]
  n3["rough<br/><small>threshold</small>"]
  n4[("history<br/><small>table</small>")]
  n5[("control<br/><small>feedback</small>")]
  n0 -->|"reading"| n1
  n1 -->|"window"| n2
  n0 -->|"reading"| n3
  n2 -->|"features (2)"| n3
  n0 -->|"reading"| n4
  n1 -->|"late: late"| n4
  n3 -->|"verdict"| n5
`);
});

it("draws for Graphviz", () => {
  const dot = drawGraph(topology, "dot");
  expect(dot).toMatch(/^digraph "quality" \{\n {2}rankdir=LR;/);
  expect(dot).toContain('  "sensors" [shape=oval, label="sensors\\nmqtt"];\n');
  expect(dot).toContain('  "features" -> "rough" [label="features (2)"];\n');
  expect(dot).toMatch(/\}\n$/);
});

it("gives nodes and edges as JSON", () => {
  const graph = JSON.parse(drawGraph(topology, "json"));
  expect(graph).toMatchObject({ name: "quality", file: "x.yaml" });
  expect(graph.nodes[1]).toEqual({
    name: "spans",
    role: "operator",
    type: "window",
    emits: { kind: "window" },
    sides: { late: { kind: "late" } },
    place: { line: 6, column: 3 },
  });
  expect(graph.edges).toHaveLength(7);
  expect(graph.edges[5]).toEqual({ from: "spans", side: "late", to: "history", type: { kind: "late" } });
});

it.each(["mermaid", "dot", "json"] as const)("draws an empty graph as %s", (format) => {
  expect(drawGraph(topologyOf(), format)).not.toBe("");
});
