import { isDeepStrictEqual } from "node:util";
import type { OperatorDefinition } from "../../component/definition.js";
import type { JsonValue } from "../../record/json.js";
import type { OpenNode } from "../open.js";
import type { Make } from "./checkpoint.js";

/** How the nodes that hold state were made. */
export function makesOf(nodes: readonly OpenNode[]): Record<string, Make> {
  const makes: Record<string, Make> = {};
  for (const { role, node } of nodes) {
    const definition = node.definition as OperatorDefinition;
    if (role !== "operator" || !definition.stateful) continue;
    const options: unknown = definition.stateOf?.(node.options) ?? node.options;
    makes[node.name] = { type: definition.type, options: JSON.parse(JSON.stringify(options)) as JsonValue };
  }
  return makes;
}

/** Why nodes cannot take over what nodes of the same name left behind, a line a node; empty where they can. */
export function differences(before: Readonly<Record<string, Make>>, now: Readonly<Record<string, Make>>): string[] {
  const lines: string[] = [];
  for (const [name, { type, options }] of Object.entries(before)) {
    const other = now[name];
    if (!other) continue;
    if (other.type !== type) lines.push(`node "${name}" was ${type} and is ${other.type}`);
    else if (!isDeepStrictEqual(other.options, options))
      lines.push(`node "${name}" (${type}): ${changed(options, other.options)}`);
  }
  return lines;
}

function changed(before: JsonValue, now: JsonValue): string {
  const was = asObject(before);
  const is = asObject(now);
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names
    .filter((name) => !isDeepStrictEqual(was[name], is[name]))
    .map((name) => `${name} was ${shown(was[name])} and is ${shown(is[name])}`)
    .join(", ");
}

function asObject(value: JsonValue): Readonly<Record<string, JsonValue | undefined>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, JsonValue>>)
    : { state: value };
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}
