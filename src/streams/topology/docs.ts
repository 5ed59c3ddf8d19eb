import { stringify } from "yaml";
import type { Definition } from "../component/definition.js";
import type { Registry } from "../component/registry.js";
import { type Section, SECTIONS } from "./file-schema.js";
import { inputSchema, type JsonSchema } from "./json-schema.js";
import { type OptionRow, optionRows } from "./option-rows.js";
import { recordFlow } from "./record-flow.js";

/** What a program may want to know of a component. */
interface ComponentJson {
  readonly type: string;
  readonly role: Definition["role"];
  readonly summary: string;
  readonly accepts: readonly string[] | "any";
  readonly emits: readonly string[] | "same";
  readonly sides: readonly string[];
  readonly needs: readonly string[];
  /** JSON Schema of the options. */
  readonly options: JsonSchema;
  readonly examples: readonly object[];
}

export function componentJson(definition: Definition): ComponentJson {
  const { type, role, summary, needs = [], options, examples } = definition;
  return {
    type,
    role,
    summary,
    ...recordFlow(definition),
    needs: needs.map(({ name }) => name),
    options: inputSchema(options),
    examples,
  };
}

/** All about a component, for a terminal. */
export function describeComponent(definition: Definition): string {
  const { type, role, summary, needs = [], examples } = definition;
  const rows = optionRows(definition);
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  const lines = [`${type} (${role})`, summary, "", flowText(definition)];
  for (const { name, mend } of needs) lines.push(`needs ${name}: ${mend}`);
  lines.push("", rows.length > 0 ? "options" : "no options");
  for (const row of rows) {
    lines.push(`  ${row.name.padEnd(width)}  ${row.type}${presetText(row)}`);
    if (row.description !== "") lines.push(`  ${" ".repeat(width)}  ${row.description}`);
  }
  lines.push("", examples.length > 1 ? "examples" : "example");
  for (const example of examples) lines.push(`  ${exampleText(definition, example)}`);
  return lines.join("\n");
}

/** docs/components.md: every component with its options and examples. */
export function componentDocs(registry: Registry): string {
  const sections = (Object.keys(SECTIONS) as Section[]).map((section) => {
    const definitions = [...registry.ofRole(SECTIONS[section])].sort((a, b) => (a.type < b.type ? -1 : 1));
    const title = section[0]!.toUpperCase() + section.slice(1);
    return [`## ${title}`, ...definitions.map(componentMarkdown)].join("\n\n");
  });
  const nodes =
    "Every node also takes `enabled` (left out where it is false or empty) and `unless` (left out where it is not); " +
    "operators and sinks take `from`, one name or a list.";
  return `${["# Components", "Made from the definitions of the components; do not edit.", nodes, ...sections].join("\n\n")}\n`;
}

function componentMarkdown(definition: Definition): string {
  const { type, summary, needs = [], examples } = definition;
  const rows = optionRows(definition);
  const parts = [`### \`${type}\``, summary, `${capitalized(flowText(definition))}.`];
  if (needs.length > 0) parts.push(needs.map(({ name, mend }) => `Needs ${name}: ${mend}.`).join(" "));
  if (rows.length > 0)
    parts.push(["| option | type | default | |", "|---|---|---|---|", ...rows.map(markdownRow)].join("\n"));
  parts.push(["```yaml", ...examples.map((example) => exampleText(definition, example)), "```"].join("\n"));
  return parts.join("\n\n");
}

function markdownRow({ name, type, preset, required, description }: OptionRow): string {
  const cells = [`\`${name}\``, type, required ? "required" : preset === undefined ? "" : `\`${preset}\``, description];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

function flowText(definition: Definition): string {
  const { accepts, emits, sides } = recordFlow(definition);
  const takes = accepts === "any" ? "takes records of any kind" : `takes ${accepts.join(", ")}`;
  const gives = emits === "same" ? "gives the same kind" : emits.length > 0 ? `gives ${emits.join(", ")}` : "";
  const beside = sides.length > 0 ? `beside it ${sides.map((side) => `NODE.${side}`).join(", ")}` : "";
  return [definition.role === "source" ? "" : takes, gives, beside].filter((part) => part !== "").join("; ");
}

function presetText({ required, preset }: OptionRow): string {
  if (required) return ", required";
  return preset === undefined ? "" : `, default ${preset}`;
}

function exampleText({ role, type }: Definition, example: object): string {
  const node = { type, ...(role !== "source" && { from: "OTHER" }), ...example };
  return `NAME: ${stringify(node, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: true }).trim()}`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
