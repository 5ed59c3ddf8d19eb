import type { Definition } from "../component/definition.js";
import type { RecordType } from "../record/record-type.js";
import type { Input, Topology } from "./topology.js";

type DrawFormat = "mermaid" | "dot" | "json";

/** The graph of a pipeline with the types of records on its edges, as text in one of the formats. */
export function drawGraph(topology: Topology, format: DrawFormat): string {
  switch (format) {
    case "mermaid":
      return mermaid(topology);
    case "dot":
      return dot(topology);
    case "json":
      return JSON.stringify(graphJson(topology), null, 2);
  }
}

/** `late` for a side, and what flows: `spans.late: late`, `features (12)`. */
function edgeText({ side, type }: Input): string {
  return side === undefined ? typeText(type) : `${side}: ${typeText(type)}`;
}

function typeText({ kind, fields }: RecordType): string {
  return fields ? `${kind} (${fields.length})` : kind;
}

const MERMAID_SHAPES: Readonly<Record<Definition["role"], readonly [string, string]>> = {
  source: ["([", "])"],
  operator: ["[", "]"],
  sink: ["[(", ")]"],
};

function mermaid({ nodes }: Topology): string {
  // Names such as `end` mean something to Mermaid: nodes go by number.
  const ids = new Map(nodes.map(({ name }, i) => [name, `n${i}`]));
  const lines = nodes.map(({ name, definition: { role, type } }) => {
    const [open, close] = MERMAID_SHAPES[role];
    return `  ${ids.get(name)}${open}"${name}<br/><small>${type}</small>"${close}`;
  });
  for (const { name, inputs } of nodes)
    for (const input of inputs) lines.push(`  ${ids.get(input.node)} -->|"${edgeText(input)}"| ${ids.get(name)}`);
  return ["flowchart LR", ...lines, ""].join("\n");
}

const DOT_SHAPES: Readonly<Record<Definition["role"], string>> = {
  source: "oval",
  operator: "box",
  sink: "cylinder",
};

function dot({ name: pipeline, nodes }: Topology): string {
  const lines = nodes.map(
    ({ name, definition: { role, type } }) => `  "${name}" [shape=${DOT_SHAPES[role]}, label="${name}\\n${type}"];`,
  );
  for (const { name, inputs } of nodes)
    for (const input of inputs) lines.push(`  "${input.node}" -> "${name}" [label="${edgeText(input)}"];`);
  const look = ["  rankdir=LR;", '  node [fontname="sans-serif"];', '  edge [fontname="sans-serif", fontsize=10];'];
  return [`digraph "${pipeline}" {`, ...look, ...lines, "}", ""].join("\n");
}

function graphJson({ name, description, file, nodes }: Topology): object {
  return {
    name,
    description,
    file,
    nodes: nodes.map(({ name: node, definition, emits, sides, place }) => ({
      name: node,
      role: definition.role,
      type: definition.type,
      ...(emits && { emits }),
      ...(Object.keys(sides).length > 0 && { sides }),
      place: { line: place.line, column: place.column },
    })),
    edges: nodes.flatMap(({ name: to, inputs }) =>
      inputs.map(({ node: from, side, type }) => ({ from, ...(side !== undefined && { side }), to, type })),
    ),
  };
}
