import type { z } from "zod";
import { kindName, valueName, valueWording } from "./wording.js";
import { follow, plain, type Path, type Tree } from "./tree.js";

type Issue = z.core.$ZodIssue;

/** One thing that is wrong: at a value, or at keys that no one knows. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly unknownKeys?: readonly string[];
}

/** The issues of a schema as single sentences: what unions and maps hold inside them is brought to the surface. */
export function findings(issues: readonly Issue[], tree: Tree): Finding[] {
  return issues.flatMap((issue) => findingsOf(issue, tree));
}

function findingsOf(issue: Issue, tree: Tree): Finding[] {
  const { path, message } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return [{ path, message, unknownKeys: issue.keys }];
    case "invalid_key":
    case "invalid_element":
      return findings(
        issue.issues.map((inner) => ({ ...inner, path: [...path, ...inner.path] })),
        tree,
      );
    case "invalid_union":
      return message !== "" ? [{ path, message }] : unionFindings(path, issue.errors.flatMap(branchesOf), tree);
    default:
      return [{ path, message }];
  }
}

/** The branches of a union; of one that is itself a branch, its own. */
function branchesOf(branch: readonly Issue[]): readonly (readonly Issue[])[] {
  const [only] = branch;
  const nested = branch.length === 1 && only?.code === "invalid_union" && only.path.length === 0 && only.message === "";
  return nested ? only.errors.flatMap(branchesOf) : [branch];
}

/** What to say where no branch of a union fits. */
function unionFindings(path: Path, branches: readonly (readonly Issue[])[], tree: Tree): Finding[] {
  // A branch that fits on the outside is the one that was meant: its own issues say more than "not a list".
  const meant = branches.filter((issues) => !issues.some((issue) => issue.path.length === 0 && isType(issue)));
  const inside = meant.length > 0 ? meant : branches;
  const placed = inside.map((issues) =>
    findings(
      issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })),
      tree,
    ),
  );
  if (placed.length === 1) return placed[0]!;
  const nearest = placed.reduce((best, next) => (next.length < best.length ? next : best));
  const same = placed.filter((found) => found.length === 1 && samePath(found[0]!.path, nearest[0]!.path));
  if (nearest.length > 1 || same.length < 2) return nearest;
  return [{ path: nearest[0]!.path, message: either(inside.flat(), same.flat(), follow(tree, path)) }];
}

/** `write text or a list, not a number`, or else what each branch says. */
function either(issues: readonly Issue[], found: readonly Finding[], given: Tree | undefined): string {
  const values = issues.flatMap((issue) => (issue.code === "invalid_value" ? [issue.values] : []));
  if (values.length === issues.length) return valueWording(values.flat(), given && plain(given));
  const kinds = issues.flatMap((issue) => (isType(issue) && isDefault(issue) ? kindName(issue.expected) : []));
  if (kinds.length < issues.length) return [...new Set(found.map(({ message }) => message))].join("; or ");
  return `write ${[...new Set(kinds)].join(" or ")}${given ? `, not ${valueName(plain(given))}` : ""}`;
}

function isType(issue: Issue): issue is z.core.$ZodIssueInvalidType {
  return issue.code === "invalid_type";
}

/** False where the schema has a message of its own. */
function isDefault({ expected, message }: z.core.$ZodIssueInvalidType): boolean {
  return message.startsWith(`write ${kindName(expected)}`);
}

function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((step, i) => step === b[i]);
}
