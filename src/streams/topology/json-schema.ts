import { z } from "zod";

/** As much of JSON Schema as a schema of options is made of. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: boolean | JsonSchema;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  if?: JsonSchema;
  then?: JsonSchema;
  [keyword: string]: unknown;
}

/** What a schema takes, before defaults and transforms. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  const converted = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    // A `$ref` would point nowhere once the schema is part of another.
    cycles: "throw",
  });
  delete converted.$schema;
  return converted as JsonSchema;
}

/** The branches of a union and of an intersection; the schema itself where it is neither. */
export function branchesOf(schema: JsonSchema): readonly JsonSchema[] {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return branches.length === 0 ? [schema] : [schema, ...branches.flatMap(branchesOf)];
}

/** The names that a map may have at a path. */
export function knownKeys(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  let reached = branchesOf(schema);
  for (const step of path) reached = reached.flatMap((part) => inside(part, step)).flatMap(branchesOf);
  return [...new Set(reached.flatMap(({ properties = {} }) => Object.keys(properties)))];
}

function inside({ properties, items, prefixItems, additionalProperties }: JsonSchema, step: PropertyKey): JsonSchema[] {
  const found =
    typeof step === "number"
      ? (prefixItems?.[step] ?? items)
      : Object.hasOwn(properties ?? {}, step)
        ? properties?.[String(step)]
        : additionalProperties;
  return typeof found === "object" ? [found] : [];
}
