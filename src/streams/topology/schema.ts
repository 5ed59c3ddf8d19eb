import type { Definition } from "../component/definition.js";
import type { Registry } from "../component/registry.js";
import { Head, NODE_NAME, type Section, SECTIONS } from "./file-schema.js";
import { inputSchema, type JsonSchema } from "./json-schema.js";
import { Scenarios } from "./scenario-schema.js";

/** A value that is filled in from the environment. */
const FILLED: JsonSchema = { type: "string", pattern: "\\$\\{" };

/**
 * JSON Schema (draft 2020-12) of a pipeline file, made of the definitions: editors complete and check from it. It knows
 * shapes and not the graph, so what it takes `compile` may still refuse.
 */
export function pipelineSchema(registry: Registry): JsonSchema {
  const head = inputSchema(Head);
  const sections = Object.keys(SECTIONS) as Section[];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Layerstream pipeline",
    ...head,
    required: [...(head.required ?? []), "sources"],
    properties: {
      ...fillable(head).properties,
      ...Object.fromEntries(sections.map((section) => [section, sectionSchema(section, registry)])),
      tests: {
        description: "Tests of this pipeline: what goes in, what must come out.",
        ...fillable(inputSchema(Scenarios)),
      },
    },
    $defs: Object.fromEntries(
      registry.definitions.map((definition) => [definitionName(definition), nodeSchema(definition)]),
    ),
  };
}

function definitionName({ role, type }: Definition): string {
  return `${role}-${type}`;
}

function sectionSchema(section: Section, registry: Registry): JsonSchema {
  const definitions = registry.ofRole(SECTIONS[section]);
  return {
    type: ["object", "null"],
    description: SECTION_DOCS[section],
    propertyNames: { pattern: NODE_NAME.source },
    additionalProperties: {
      type: "object",
      required: ["type"],
      properties: {
        type: {
          description: `Which ${SECTIONS[section]} it is.`,
          anyOf: definitions.map(({ type, summary }) => ({ const: type, description: summary })),
        },
      },
      // By type, not `oneOf`: an editor then speaks of the component that was meant.
      allOf: definitions.map((definition) => ({
        if: { properties: { type: { const: definition.type } }, required: ["type"] },
        then: { $ref: `#/$defs/${definitionName(definition)}` },
      })),
    },
  };
}

const SECTION_DOCS: Readonly<Record<Section, string>> = {
  sources: "Where records come from, by name.",
  operators: "What is made of them, by name.",
  sinks: "Where they go, by name.",
};

function nodeSchema(definition: Definition): JsonSchema {
  const { role, type, summary } = definition;
  const own: Record<string, JsonSchema> = {
    type: { const: type, description: summary },
    ...(role !== "source" && { from: FROM }),
    enabled: { description: "Leaves the node out where it is false or empty." },
    unless: { description: "Leaves the node out where it is true or not empty." },
  };
  const required = ["type", ...(role === "source" ? [] : ["from"])];
  return { ...withKeys(fillable(inputSchema(definition.options)), own, required), description: summary };
}

const NODE_REFERENCE: JsonSchema = { type: "string", minLength: 1 };
const FROM: JsonSchema = {
  description: "The nodes that it reads: one name or a list. NODE.SIDE reads a side of a node.",
  anyOf: [NODE_REFERENCE, { type: "array", items: NODE_REFERENCE, minItems: 1 }],
};

/** The same with the keys of every node, in each branch where the options are a union: a branch takes no others. */
function withKeys(schema: JsonSchema, own: Record<string, JsonSchema>, required: readonly string[]): JsonSchema {
  const branches = (list: JsonSchema[]) => list.map((branch) => withKeys(branch, own, required));
  if (schema.anyOf) return { ...schema, anyOf: branches(schema.anyOf) };
  if (schema.allOf) return { ...schema, allOf: branches(schema.allOf) };
  return {
    ...schema,
    properties: { ...own, ...schema.properties },
    required: [...required, ...(schema.required ?? [])],
  };
}

/** The same where every single value may also be text that holds `${NAME}`. */
function fillable(schema: JsonSchema): JsonSchema {
  const { oneOf, ...rest } = schema;
  const { properties, items, prefixItems, additionalProperties, anyOf = oneOf, allOf } = rest;
  if (isSingle(schema)) {
    const { description, default: preset, ...single } = schema;
    return {
      ...(description !== undefined && { description }),
      ...(preset !== undefined && { default: preset }),
      anyOf: [single, FILLED],
    };
  }
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, fillable(value)])),
    }),
    ...(typeof items === "object" && { items: fillable(items) }),
    ...(prefixItems && { prefixItems: prefixItems.map(fillable) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: fillable(additionalProperties) }),
    // Never `oneOf`, which wants exactly one: text that holds `${NAME}` fits several branches.
    ...(anyOf && { anyOf: anyOf.map(fillable) }),
    ...(allOf && { allOf: allOf.map(fillable) }),
  };
}

/** True for a value that is no list and no map. Plain text may hold `${NAME}` anyway. */
function isSingle({ type, enum: choices, const: only, pattern, format, ...rest }: JsonSchema): boolean {
  if (choices !== undefined || only !== undefined) return true;
  if (Array.isArray(type)) return !type.some((each) => each === "string" || each === "array" || each === "object");
  if (type === "string")
    return pattern !== undefined || format !== undefined || "minLength" in rest || "maxLength" in rest;
  return type === "number" || type === "integer" || type === "boolean";
}
