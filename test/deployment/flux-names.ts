import { Flux } from "@influxdata/flux-lsp-node";

/** What a script takes from the database, by name. */
export interface Names {
  readonly measurements: ReadonlySet<string>;
  /** Fields with the measurement that they are asked of. */
  readonly fields: readonly (readonly [measurement: string, field: string])[];
  /** Tags that must have a value: `r.rule == "rough"`. */
  readonly values: readonly (readonly [tag: string, value: string])[];
  /** Columns, other than those that every table has, that the script did not make itself: tags, or fields after a pivot. */
  readonly columns: ReadonlySet<string>;
}

type Node = Readonly<Record<string, unknown>> & { readonly type?: string };

/** Arguments that name columns. */
const NAMING = new Set(["columns", "rowKey", "columnKey", "column", "tag"]);

/** Reads them off the syntax tree. */
export function namesIn(script: string): Names {
  const parsed = new Flux(script);
  const tree = parsed.ast() as Node;
  parsed.free();

  const measurements = new Set<string>();
  const fields: [string, string][] = [];
  const values: [string, string][] = [];
  const columns = new Set<string>();
  const made = new Set<string>();

  const visit = (node: unknown, isArguments: boolean): void => {
    if (Array.isArray(node)) {
      for (const each of node) visit(each, isArguments);
      return;
    }
    if (typeof node !== "object" || node === null) return;
    const { type } = node as Node;
    if (type === "FunctionExpression") readFilter(node as Node);
    if (type === "MemberExpression") readMember(node as Node);
    if (type === "ObjectExpression") readObject(node as Node, isArguments);
    for (const [name, part] of Object.entries(node)) if (name !== "location") visit(part, name === "arguments");
  };

  /** A measurement and its fields stand in one condition. */
  const readFilter = ({ body }: Node): void => {
    const equal = comparisons(body).filter(([, value]) => value !== undefined) as [string, string][];
    const named = (column: string) => equal.filter(([name]) => name === column).map(([, value]) => value);
    for (const measurement of named("_measurement")) {
      measurements.add(measurement);
      for (const field of named("_field")) fields.push([measurement, field]);
    }
    for (const [name, value] of equal) if (!name.startsWith("_")) values.push([name, value]);
  };

  const readMember = ({ object, property }: Node): void => {
    const name = nameOf(property);
    if (nameOf(object) === "r" && !name.startsWith("_")) columns.add(name);
  };

  const readObject = ({ properties }: Node, isArguments: boolean): void => {
    for (const { key, value } of properties as readonly { key: Node; value: Node | null }[]) {
      const name = nameOf(key);
      if (!isArguments) made.add(name);
      // What a function of the script, or a map, calls its cells: the columns of a later pivot.
      if (name === "name" && value?.type === "StringLiteral") made.add(String(value["value"]));
      if (!isArguments || !NAMING.has(name) || !value) continue;
      if (value.type === "ObjectExpression")
        for (const { value: to } of value["properties"] as readonly { value: Node }[]) made.add(nameOf(to));
      else for (const column of textsIn(value)) if (!column.startsWith("_")) columns.add(column);
    }
  };

  visit(tree, false);
  const taken = (name: string): boolean => !made.has(name);
  return {
    measurements,
    fields,
    values: values.filter(([tag]) => taken(tag)),
    columns: new Set([...columns].filter(taken)),
  };
}

/** `r.name == "value"`, wherever it stands in a condition. */
function comparisons(node: unknown): [name: string, value: string | undefined][] {
  if (typeof node !== "object" || node === null) return [];
  const { type, operator, left, right } = node as Node;
  if (type === "BinaryExpression" && operator === "==" && (left as Node).type === "MemberExpression") {
    const { type: kind, value } = right as Node;
    return [[nameOf((left as Node)["property"]), kind === "StringLiteral" ? String(value) : undefined]];
  }
  return Object.values(node).flatMap(comparisons);
}

function textsIn(node: Node): string[] {
  if (node.type === "StringLiteral") return [String(node["value"])];
  return node.type === "ArrayExpression" ? (node["elements"] as Node[]).flatMap(textsIn) : [];
}

/** Of an identifier or a text. */
function nameOf(node: unknown): string {
  const { name, value } = node as { readonly name?: string; readonly value?: string };
  return name ?? value ?? "";
}
