import type { Mark } from "./problem.js";
import type { Scalar } from "./substitute.js";

/** A value of a pipeline file that knows where it was written. Aliases are resolved: the same part may stand in it often. */
export type Tree = Leaf | List | Branch;

interface Part {
  readonly at: Mark;
  /** Number of values in it, each repetition counted. */
  readonly size: number;
  readonly depth: number;
}

export interface Leaf extends Part {
  readonly kind: "leaf";
  readonly value: Scalar;
  /** Where variables were filled in: the text that came of it, before it was read as a number or a boolean. */
  readonly filled?: { readonly text: string; readonly problems: readonly string[] };
}

interface List extends Part {
  readonly kind: "list";
  readonly items: readonly Tree[];
}

export interface Branch extends Part {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  /** Where the key stands. */
  readonly key: Mark;
  readonly value: Tree;
}

export type Path = readonly PropertyKey[];

export function listOf(at: Mark, items: readonly Tree[]): List {
  return { kind: "list", at, items, ...extent(items) };
}

export function branchOf(at: Mark, entries: ReadonlyMap<string, Entry>): Branch {
  return { kind: "map", at, entries, ...extent([...entries.values()].map(({ value }) => value)) };
}

function extent(parts: readonly Tree[]): { size: number; depth: number } {
  let [size, depth] = [1, 1];
  for (const part of parts) {
    size += part.size;
    depth = Math.max(depth, part.depth + 1);
  }
  return { size, depth };
}

/** The same map with only those entries that are wanted. */
export function pick(branch: Branch, wanted: (key: string) => boolean): Branch {
  return branchOf(branch.at, new Map([...branch.entries].filter(([key]) => wanted(key))));
}

/** The plain value. Leaves in `asText` give the text that variables were filled into. */
export function plain(tree: Tree, asText?: ReadonlySet<Leaf>): unknown {
  switch (tree.kind) {
    case "leaf":
      return tree.filled && asText?.has(tree) ? tree.filled.text : tree.value;
    case "list":
      return tree.items.map((item) => plain(item, asText));
    case "map": {
      const map = {};
      // Not an assignment: a key `__proto__` is a key like any other, and wrong like any other.
      for (const [key, { value }] of tree.entries)
        Object.defineProperty(map, key, {
          value: plain(value, asText),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      return map;
    }
  }
}

/** The part at a path, undefined where the file has nothing there. */
export function follow(tree: Tree, path: Path): Tree | undefined {
  let part: Tree | undefined = tree;
  for (const step of path) {
    if (part?.kind === "map") part = part.entries.get(String(step))?.value;
    else if (part?.kind === "list") part = part.items[Number(step)];
    else return undefined;
  }
  return part;
}

/** Where the part at a path stands, or the nearest part around it. */
export function locate(tree: Tree, path: Path): Mark {
  for (let length = path.length; length > 0; length--) {
    const part = follow(tree, path.slice(0, length));
    if (part) return part.at;
  }
  return tree.at;
}

/** Where a key stands, or the map that lacks it. */
export function locateKey(tree: Tree, path: Path, key: string): Mark {
  const part = follow(tree, path);
  return (part?.kind === "map" ? part.entries.get(key)?.key : undefined) ?? locate(tree, path);
}

/** Every leaf in which variables were filled in. */
export function filledLeaves(tree: Tree): Leaf[] {
  switch (tree.kind) {
    case "leaf":
      return tree.filled ? [tree] : [];
    case "list":
      return tree.items.flatMap(filledLeaves);
    case "map":
      return [...tree.entries.values()].flatMap(({ value }) => filledLeaves(value));
  }
}
