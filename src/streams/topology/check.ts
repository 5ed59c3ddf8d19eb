import type { z } from "zod";
import { didYouMean } from "../component/suggest.js";
import { type Finding, findings } from "./issues.js";
import { inputSchema, knownKeys } from "./json-schema.js";
import type { Problems } from "./problem.js";
import { filledLeaves, follow, type Leaf, locate, locateKey, type Path, plain, type Tree } from "./tree.js";
import { wording } from "./wording.js";

interface CheckOptions {
  readonly problems: Problems;
  readonly node?: string;
  /** What the path of a problem starts with in its message. */
  readonly prefix?: string;
  /** Names that the map may have beside those of the schema: for "did you mean". */
  readonly alsoKnown?: readonly string[];
  /** Of something that is left out, only what no variable can mend is reported. */
  readonly leftOut?: boolean;
}

/** Checks a part of the file. Undefined where something is wrong with it, which is then reported where it stands. */
export function check<T>(schema: z.ZodType<T>, tree: Tree, options: CheckOptions): { readonly value: T } | undefined {
  const { problems, node, leftOut = false } = options;
  const filled = filledLeaves(tree);
  if (!leftOut)
    for (const { at, filled: { problems: found = [] } = {} } of filled)
      for (const message of found) problems.error(at, message, node);
  const result = parse(schema, tree, filled);
  if (!result.success) {
    const unset = filled.filter((leaf) => leftOut || leaf.filled!.problems.length > 0);
    for (const finding of findings(result.error.issues, tree))
      if (finding.unknownKeys || !touches(tree, finding.path, unset)) report(finding, schema, tree, options);
    return undefined;
  }
  return filled.some((leaf) => leaf.filled!.problems.length > 0) ? undefined : { value: result.data };
}

/** A variable that holds `2024` is a number, unless text is wanted: then it is what was written. */
function parse<T>(schema: z.ZodType<T>, tree: Tree, filled: readonly Leaf[]): z.ZodSafeParseResult<T> {
  const first = schema.safeParse(plain(tree), { error: wording });
  if (first.success) return first;
  const convertible = filled.filter(({ value }) => typeof value !== "string");
  const wrong = convertible.filter((leaf) => first.error.issues.some(({ path }) => holds(tree, path, leaf)));
  if (wrong.length === 0) return first;
  const second = schema.safeParse(plain(tree, new Set(wrong)), { error: wording });
  return second.success || second.error.issues.length < first.error.issues.length ? second : first;
}

function touches(tree: Tree, path: Path, leaves: readonly Leaf[]): boolean {
  return leaves.some((leaf) => holds(tree, path, leaf));
}

function holds(tree: Tree, path: Path, leaf: Leaf): boolean {
  const part = follow(tree, path);
  return part !== undefined && filledLeaves(part).includes(leaf);
}

function report(finding: Finding, schema: z.ZodType, tree: Tree, options: CheckOptions): void {
  const { problems, node, prefix = "" } = options;
  const { path, message, unknownKeys } = finding;
  if (unknownKeys) {
    const inside = path.length === 0 ? (options.alsoKnown ?? []) : [];
    // A key that another branch of a union knows is unknown here all the same.
    const known = [...knownKeys(inputSchema(schema), path), ...inside].filter((key) => !unknownKeys.includes(key));
    for (const key of unknownKeys) {
      const hint = didYouMean(key, known) || (known.length > 0 ? ` Known: ${known.join(", ")}.` : "");
      problems.error(locateKey(tree, path, key), `${said(prefix + pathText(path))}unknown key "${key}".${hint}`, node);
    }
    return;
  }
  const name = prefix + pathText(path);
  const missing = follow(tree, path) === undefined;
  problems.error(locate(tree, path), missing ? `${name} is missing: ${message}` : `${said(name)}${message}`, node);
}

function said(name: string): string {
  return name === "" ? "" : `${name}: `;
}

/** `insert[0].records`, the way a path is written in messages. */
function pathText(path: Path): string {
  return path
    .map((step, i) => (typeof step === "number" ? `[${step}]` : `${i === 0 ? "" : "."}${String(step)}`))
    .join("");
}
