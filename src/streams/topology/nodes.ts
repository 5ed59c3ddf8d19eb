import type { Registry } from "../component/registry.js";
import { check } from "./check.js";
import type { Draft, Reference } from "./draft.js";
import { NODE_KEYS, NODE_NAME, type Section, SECTIONS } from "./file-schema.js";
import type { Problems } from "./problem.js";
import { readReferences } from "./references.js";
import { type Branch, type Entry, pick, type Tree } from "./tree.js";

/** A pipeline that a person still reads has a tenth of it. */
const MOST_NODES = 1000;

/** The nodes of all sections in the order of the file. */
export function readNodes(file: Branch, registry: Registry, problems: Problems): Draft[] {
  const drafts = new Map<string, Draft>();
  for (const section of Object.keys(SECTIONS) as Section[]) {
    for (const [name, entry] of entriesOf(file, section, problems)) {
      const known = drafts.get(name);
      if (known) {
        problems.error(entry.key, `the ${known.role} of line ${known.at.line} has the same name: rename one`, name);
        continue;
      }
      if (drafts.size === MOST_NODES) {
        problems.error(entry.key, `a pipeline has at most ${MOST_NODES} nodes: split it`);
        return [...drafts.values()];
      }
      const draft = readNode(name, section, entry, registry, problems);
      if (draft) drafts.set(name, draft);
    }
  }
  return [...drafts.values()];
}

function entriesOf(file: Branch, section: Section, problems: Problems): Iterable<[string, Entry]> {
  const entry = file.entries.get(section);
  if (!entry) return [];
  if (entry.value.kind === "map") return entry.value.entries;
  if (!isEmpty(entry.value)) problems.error(entry.value.at, `${section} is a map of names to nodes`);
  return [];
}

function readNode(
  name: string,
  section: Section,
  { key: at, value: tree }: Entry,
  registry: Registry,
  problems: Problems,
): Draft | undefined {
  const role = SECTIONS[section];
  if (!NODE_NAME.test(name))
    problems.error(at, `"${name}" cannot be the name of a ${role}: letters, digits, - and _, a letter first`);
  if (tree.kind !== "map") {
    const example = registry.ofRole(role)[0]?.type ?? "TYPE";
    problems.error(tree.at, `write what it is, at least its type: { type: ${example} }`, name);
    return undefined;
  }
  const definition = readType(name, role, tree, at, registry, problems);
  const leftOut = isLeftOut(name, tree, problems);
  const from = readFrom(name, role, tree, at, problems);
  return { name, role, at, tree, definition, from, leftOut, links: [] };
}

function readType(
  name: string,
  role: Draft["role"],
  tree: Branch,
  at: Draft["at"],
  registry: Registry,
  problems: Problems,
): Draft["definition"] {
  const type = tree.entries.get("type")?.value;
  if (type?.kind !== "leaf" || typeof type.value !== "string" || type.value === "") {
    const known = registry.ofRole(role).map((definition) => definition.type);
    const which = `write which ${role} it is: ${known.sort().join(", ")}`;
    problems.error(type?.at ?? at, type ? `type: ${which}` : `type is missing: ${which}`, name);
    return undefined;
  }
  const definition = registry.find(role, type.value);
  if (!definition)
    problems.error(type.at, `unknown ${role} "${type.value}".${registry.suggest(role, type.value)}`, name);
  return definition;
}

function readFrom(
  name: string,
  role: Draft["role"],
  { entries }: Branch,
  at: Draft["at"],
  problems: Problems,
): readonly Reference[] {
  const from = entries.get("from");
  if (role !== "source") {
    if (!from)
      problems.error(at, "from is missing: write the name of the node that it reads, or a list of names", name);
    return from ? readReferences(name, from.value, problems) : [];
  }
  if (from) problems.error(from.key, "a source reads no other node: leave out from", name);
  return [];
}

const OFF: ReadonlySet<unknown> = new Set(["", "0", "no", "false", "off", "null"]);

/** `enabled` leaves a node out where it is false or empty, `unless` where it is not. */
function isLeftOut(name: string, { entries }: Branch, problems: Problems): boolean {
  const says = (key: "enabled" | "unless", absent: boolean): boolean => {
    const tree = entries.get(key)?.value;
    if (!tree) return absent;
    if (tree.kind === "leaf") {
      for (const message of tree.filled?.problems ?? []) problems.error(tree.at, `${key}: ${message}`, name);
      return !OFF.has(String(tree.value).trim().toLowerCase());
    }
    problems.error(tree.at, `${key}: write true, false or "\${NAME:-}"`, name);
    return absent;
  };
  const [enabled, unless] = [says("enabled", true), says("unless", false)];
  return !enabled || unless;
}

const RESERVED: ReadonlySet<string> = new Set(NODE_KEYS);

/** Checks the options of a node against the schema of its component. */
export function readOptions(draft: Draft, problems: Problems): void {
  const { name, definition, tree, leftOut } = draft;
  if (!definition) return;
  const own = pick(tree, (key) => !RESERVED.has(key));
  const options = check(definition.options, own, { problems, node: name, leftOut, alsoKnown: NODE_KEYS });
  if (options) draft.options = options;
}

function isEmpty(tree: Tree): boolean {
  return tree.kind === "leaf" && tree.value === null;
}
