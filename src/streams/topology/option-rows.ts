import { duration } from "../component/fields.js";
import { inputSchema, type JsonSchema } from "./json-schema.js";
import type { Definition } from "../component/definition.js";

/** One line of the table of options. */
export interface OptionRow {
  /** `adjust.speed` for an option inside another. */
  readonly name: string;
  readonly type: string;
  /** As written in a file; absent where there is none. */
  readonly preset?: string;
  readonly required: boolean;
  readonly description: string;
}

const DURATION = inputSchema(duration).pattern;

/** The options of a component and those inside them, each once. */
export function optionRows({ options }: Definition): OptionRow[] {
  const rows = new Map<string, OptionRow>();
  for (const row of rowsOf(inputSchema(options), "", true)) {
    const known = rows.get(row.name);
    rows.set(row.name, known ? merged(known, row) : row);
  }
  return [...rows.values()];
}

/** One option in two branches of a union. */
function merged(a: OptionRow, b: OptionRow): OptionRow {
  const types = [...new Set([...a.type.split(" or "), ...b.type.split(" or ")])];
  return { ...b, ...a, type: types.join(" or "), required: a.required && b.required };
}

function rowsOf(schema: JsonSchema, prefix: string, always: boolean): OptionRow[] {
  const { properties = {}, required = [], anyOf = [], oneOf = [], allOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([name, value]) => {
    const needed = always && required.includes(name);
    return [rowOf(prefix + name, value, needed), ...rowsOf(value, `${prefix}${name}.`, needed)];
  });
  const branches = [...anyOf, ...oneOf].flatMap((branch) => rowsOf(branch, prefix, false));
  const parts = allOf.flatMap((part) => rowsOf(part, prefix, always));
  const items = typeof schema.items === "object" ? rowsOf(schema.items, prefix.replace(/\.$/, "[]."), always) : [];
  return [...own, ...branches, ...parts, ...items];
}

function rowOf(name: string, schema: JsonSchema, required: boolean): OptionRow {
  const preset = schema.default;
  return {
    name,
    type: typeText(schema),
    ...(preset !== undefined && {
      preset: typeof preset === "string" && preset !== "" ? preset : JSON.stringify(preset),
    }),
    required,
    description: schema.description ?? "",
  };
}

/** "list of text", "duration", "1 or 2": the type of an option in the words of its user. */
export function typeText(schema: JsonSchema): string {
  const { type, pattern, items, additionalProperties, properties } = schema;
  if (schema.const !== undefined) return valueText(schema.const);
  if (schema.enum) return schema.enum.map(valueText).join(" or ");
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return [...new Set(branches.map(typeText))].join(" or ");
  if (Array.isArray(type)) return type.map((each) => typeText({ type: each })).join(" or ");
  if (type === "string") return pattern !== undefined && pattern === DURATION ? "duration" : "text";
  if (type === "number") return `number${range(schema)}`;
  if (type === "integer") return `whole number${range(schema)}`;
  if (type === "boolean") return "true or false";
  if (schema.prefixItems) return `list: ${schema.prefixItems.map(typeText).join(", ")}`;
  if (type === "array") return typeof items === "object" ? `list of ${typeText(items)}` : "list";
  if (type === "object" && !properties && typeof additionalProperties === "object")
    return `map of names to ${typeText(additionalProperties)}`;
  return type === "object" ? "map" : "any value";
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const from = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? ` from ${minimum}` : "";
  const above = exclusiveMinimum !== undefined ? ` above ${exclusiveMinimum}` : "";
  const to = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : "";
  const below = exclusiveMaximum !== undefined ? ` below ${exclusiveMaximum}` : "";
  return `${from}${above}${to}${below}`;
}

function valueText(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value);
}
