import type { Registry } from "../component/registry.js";
import { type Known, takeAdvice } from "./advice.js";
import { demands } from "./demand.js";
import { type Draft, openLinks } from "./draft.js";
import { readHead } from "./file-schema.js";
import { lint } from "./lints.js";
import { readNodes, readOptions } from "./nodes.js";
import { inOrder } from "./order.js";
import { Problems } from "./problem.js";
import { resolveTypes, typeOf } from "./record-types.js";
import { linkNodes } from "./references.js";
import { readScenarios } from "./scenarios.js";
import type { Variables } from "./substitute.js";
import type { Node, Problem, Topology } from "./topology.js";
import { readYaml } from "./yaml.js";

/** The topology of a file that is in order, with what it may still disappoint by; or all that is wrong with the file. */
export type Compiled =
  { readonly topology: Topology; readonly warnings: readonly Problem[] } | { readonly problems: readonly Problem[] };

/**
 * Makes a topology of the text of a pipeline file. Pure: opens nothing, and the same text and variables give the same
 * result; what it is to know of the disk is given to it. Goes on after a problem, so that one look shows all of them, each where it stands in the file.
 */
export function compile(
  file: { readonly path: string; readonly text: string },
  registry: Registry,
  env: Variables,
  known: Known = new Map(),
): Compiled {
  const problems = new Problems(file.path);
  const tree = readYaml(file.text, env, problems);
  if (!tree) return { problems: problems.sorted() };

  const head = readHead(tree, problems);
  const drafts = readNodes(tree, registry, problems);
  linkNodes(drafts, problems);
  for (const draft of drafts) readOptions(draft, problems);
  const order = inOrder(drafts, problems);
  resolveTypes(order, problems);
  takeAdvice(order, known, problems);
  const tests = readScenarios(tree, file.path, drafts, problems);
  // A misspelt name makes lints of its own: they are said once the graph is whole.
  if (!problems.failed) lint(drafts, problems);

  if (problems.failed || !head) return { problems: problems.sorted() };
  const topology = { ...head, file: file.path, nodes: nodesOf(order, file.path), tests };
  return { topology, warnings: problems.sorted() };
}

function nodesOf(order: readonly Draft[], file: string): Node[] {
  const demand = demands(order);
  return order.map((draft) => ({
    name: draft.name,
    definition: draft.definition!,
    options: draft.options!.value,
    inputs: openLinks(draft).map((link) => ({
      node: link.to.name,
      ...(link.reference.side !== undefined && { side: link.reference.side }),
      type: typeOf(link)!,
    })),
    ...(draft.emits && { emits: draft.emits }),
    sides: draft.sides ?? {},
    demand: demand.get(draft)!,
    place: { file, ...draft.at },
  }));
}
