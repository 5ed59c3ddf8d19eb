import { compile } from "../topology/compile.js";
import { formatProblem } from "../topology/problem.js";
import type { Variables } from "../topology/substitute.js";
import type { Topology } from "../topology/topology.js";
import { smallRegistry } from "./definitions.js";

/** A pipeline of them that is in order. */
export const smallPipeline = `name: quality
description: Watches print quality.
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"], qos: 1 }
operators:
  spans:    { type: window, from: sensors, size: 30s, lateness: 5s, late: side }
  features: { type: extract, from: spans, fields: [nozzle_temp, roughness] }
  rough:    { type: threshold, from: [sensors, features], field: roughness, above: "\${ROUGHNESS_THRESHOLD:-75}", clear: 70 }
sinks:
  database: { type: table, from: [sensors, features, control], enabled: "\${INFLUXDB_URL:-}", token: "\${INFLUXDB_TOKEN}" }
  history:  { type: table, from: [sensors, spans.late], unless: "\${INFLUXDB_URL:-}" }
  control:  { type: feedback, from: rough, topic: "printer/control/{key}", adjust: { speed: 50 }, cooldown: 10s }
tests:
  - name: a rough reading slows the printer once
    insert: { at: sensors, records: [{ key: printer_1, value: { roughness: 80 } }, { key: printer_1, time: 12s, value: { roughness: 60 } }] }
    expect: { at: control, records: [{ key: printer_1, value: { speed: 50 } }] }
`;

/** What is wrong with a pipeline, as the user reads it; warnings where nothing is. */
export function problemsOf(text: string, env: Variables = {}, registry = smallRegistry): string[] {
  const result = compile({ path: "x.yaml", text }, registry, env);
  return ("problems" in result ? result.problems : result.warnings).map(formatProblem);
}

/** The topology of a pipeline that is in order; throws with what is wrong. */
export function compiled(text: string, env: Variables = {}): Topology {
  const result = compile({ path: "x.yaml", text }, smallRegistry, env);
  if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.topology;
}

export const names = ({ nodes }: Topology) => nodes.map(({ name }) => name);
export const node = ({ nodes }: Topology, wanted: string) => nodes.find(({ name }) => name === wanted)!;

/** A pipeline around a few lines of operators and sinks. */
export function around(operators: string, sinks = "out: { type: table, from: sensors }"): string {
  const section = (lines: string) => lines.replaceAll("\n", "\n  ");
  return `name: x
sources:
  sensors: { type: mqtt, topics: ["a/b"] }
operators:
  ${section(operators)}
sinks:
  ${section(sinks)}
`;
}
