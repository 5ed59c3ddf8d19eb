import { didYouMean } from "../component/suggest.js";
import type { Draft, Link, Reference } from "./draft.js";
import type { Problems } from "./problem.js";
import type { Tree } from "./tree.js";

/** The names in a `from`: one or a list, `node` or `node.side`. */
export function readReferences(node: string, from: Tree, problems: Problems): readonly Reference[] {
  const items = from.kind === "list" ? from.items : [from];
  if (items.length === 0) problems.error(from.at, "from is empty: name at least one node", node);
  const references: Reference[] = [];
  for (const item of items) {
    const found = item.kind === "leaf" ? (item.filled?.problems ?? []) : [];
    for (const message of found) problems.error(item.at, `from: ${message}`, node);
    if (found.length > 0) continue;
    if (item.kind !== "leaf" || typeof item.value !== "string" || item.value === "") {
      problems.error(item.at, "from: write the name of a node, or a list of names", node);
      continue;
    }
    const text = item.value;
    if (references.some((other) => other.text === text)) {
      problems.error(item.at, `from names "${text}" twice`, node);
      continue;
    }
    references.push({ at: item.at, text, ...namedBy(text) });
  }
  return references;
}

/** What `node` or `node.side` names. */
export function namedBy(text: string): { readonly name: string; readonly side?: string } {
  const dot = text.indexOf(".");
  return dot < 0 ? { name: text } : { name: text.slice(0, dot), side: text.slice(dot + 1) };
}

/** Finds the node that each reference means, and leaves out what reads only nodes that are left out. */
export function linkNodes(drafts: readonly Draft[], problems: Problems): void {
  const byName = new Map(drafts.map((draft) => [draft.name, draft]));
  for (const draft of drafts)
    draft.links = draft.from.flatMap((reference): Link[] => {
      const to = byName.get(reference.name);
      const trouble = to ? cannotBeRead(draft, to) : unknownNode(draft, reference, byName);
      if (trouble !== undefined) problems.error(reference.at, trouble, draft.name);
      return to && trouble === undefined ? [{ reference, to }] : [];
    });
  leaveOut(drafts);
}

function cannotBeRead(reader: Draft, { name, role, definition }: Draft): string | undefined {
  if (reader.name === name) return "it reads itself: name another node in from";
  if (role !== "sink" || !definition || (definition.role === "sink" && definition.emits)) return undefined;
  return `sink "${name}" reports nothing that could be read: name what it reads instead`;
}

function unknownNode(reader: Draft, { name }: Reference, byName: ReadonlyMap<string, Draft>): string {
  const names = [...byName.keys()].filter((other) => other !== reader.name);
  const known = names.length > 0 ? ` Known: ${names.join(", ")}.` : "";
  return `no node is called "${name}".${didYouMean(name, names) || known}`;
}

function leaveOut(drafts: readonly Draft[]): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const draft of drafts) {
      const { links, from, leftOut } = draft;
      if (leftOut || links.length === 0 || links.length < from.length) continue;
      if (links.every(({ to }) => to.leftOut)) changed = draft.leftOut = true;
    }
  }
}
