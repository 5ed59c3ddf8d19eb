import { expect, it } from "@jest/globals";
import type { SourceDefinition } from "../component/definition.js";
import { Keeping, listSource, operatorNode, sinkNode, sourceNode, topologyOf } from "../contract/graph.js";
import { partFor, withSources } from "./edit.js";

const nothing = { process() {} };
const topology = topologyOf(
  sourceNode("left", listSource()),
  sourceNode("right", listSource()),
  operatorNode("windows", ["left"], nothing),
  operatorNode("features", ["windows"], nothing),
  operatorNode("rough", ["right"], nothing),
  sinkNode("out", ["features", "rough"], new Keeping()),
);

it("puts other sources in the places of a graph's own and leaves the rest alone", () => {
  const recording = sourceNode("recording", listSource()).definition as SourceDefinition;
  const edited = withSources(topology, new Map([["right", recording]]));
  expect(edited.nodes.map(({ name }) => name)).toEqual(topology.nodes.map(({ name }) => name));
  expect(edited.nodes[1]!.definition).toBe(recording);
  expect(edited.nodes[0]).toBe(topology.nodes[0]);
});

it("keeps of a graph what a node needs", () => {
  expect(partFor(topology, ["features"]).nodes.map(({ name }) => name)).toEqual(["left", "windows", "features"]);
  expect(partFor(topology, ["out"]).nodes).toHaveLength(6);
});
