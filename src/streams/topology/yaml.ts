import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Scalar as YamlScalar,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { type Mark, type Problems, TOP } from "./problem.js";
import { resolvePlain, type Scalar, substitute, type Variables } from "./substitute.js";
import { type Branch, branchOf, type Entry, type Leaf, listOf, type Tree } from "./tree.js";

/** Characters; a pipeline of a thousand nodes has a tenth of it. */
const LONGEST = 1_000_000;
/** Values, repetitions by aliases counted: a few lines of YAML can spell out billions. */
const MOST_VALUES = 100_000;
const DEEPEST = 50;

/** The map that the text of a pipeline file holds, with variables filled in; undefined where there is none. */
export function readYaml(text: string, variables: Variables, problems: Problems): Branch | undefined {
  if (text.length > LONGEST) {
    problems.error(TOP, `the file has more than ${LONGEST} characters: split it`);
    return undefined;
  }
  const lines = new LineCounter();
  const document = parse(text.replace(/^\uFEFF/, ""), lines, problems);
  if (!document) return undefined;
  if (reportSyntax(document, lines, problems)) return undefined;
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) {
    problems.error(TOP, "the file is empty: a pipeline has a name, sources, operators and sinks");
    return undefined;
  }
  const tree = new TreeBuilder(lines, variables, problems).build(root);
  if (tree.size > MOST_VALUES) problems.error(TOP, `the file spells out more than ${MOST_VALUES} values: split it`);
  else if (tree.depth > DEEPEST) problems.error(TOP, `the file is nested more than ${DEEPEST} levels deep`);
  else if (tree.kind !== "map")
    problems.error(tree.at, "a pipeline file is a map with name, sources, operators and sinks");
  else return tree;
  return undefined;
}

function parse(text: string, lineCounter: LineCounter, problems: Problems): Document.Parsed | undefined {
  try {
    // Keys are checked for repetition below: the parser's own check takes quadratic time.
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false, logLevel: "error" });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    problems.error(TOP, "the file is nested too deeply to be read");
    return undefined;
  }
}

/** True where the text is not YAML. Only the first error: the parser has lost its way from there on. */
function reportSyntax({ errors, warnings }: Document.Parsed, lines: LineCounter, problems: Problems): boolean {
  const found = [...errors.slice(0, 1), ...warnings];
  for (const error of found) problems.error(markOf(error.pos[0], lines), wordingOf(error));
  return found.length > 0;
}

function wordingOf({ code, message }: YAMLError): string {
  switch (code) {
    case "MULTIPLE_DOCS":
      return "a second document begins here: keep one pipeline a file";
    case "TAB_AS_INDENT":
      return "indent with spaces, not tabs";
    case "TAG_RESOLVE_FAILED":
      return `${message.replace("Unresolved tag:", "unknown tag")}: leave it out`;
    case "UNEXPECTED_TOKEN":
      return message.includes("flow-map")
        ? `not YAML: put text that holds { or } in quotes, as in "\${NAME:-5}" or "printer/control/{key}"`
        : `not YAML: ${message}`;
    case "MISSING_CHAR":
      return message.includes("flow")
        ? `not YAML: ${message}; put text that holds { or [ in quotes`
        : `not YAML: ${message}`;
    default:
      return `not YAML: ${message}`;
  }
}

function markOf(offset: number | undefined, lines: LineCounter): Mark {
  const { line, col } = lines.linePos(offset ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Walks a document once, in order, so that an alias finds the anchor that was last set before it. */
class TreeBuilder {
  readonly #anchors = new Map<string, Tree>();

  constructor(
    readonly lines: LineCounter,
    readonly variables: Variables,
    readonly problems: Problems,
  ) {}

  build(node: unknown, level = 0, around: Mark = TOP): Tree {
    const at = this.#at(node, around);
    if (level > DEEPEST) return leafOf(at, null);
    if (isAlias(node)) return this.#repeat(node, at);
    const tree = this.#part(node, at, level);
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, tree);
    return tree;
  }

  #part(node: unknown, at: Mark, level: number): Tree {
    if (isMap(node)) return this.#map(node, at, level);
    if (isSeq(node))
      return listOf(
        at,
        node.items.map((item) => this.build(item, level + 1, at)),
      );
    return this.#leaf(isScalar(node) ? node.value : null, at);
  }

  #map({ items }: YAMLMap, at: Mark, level: number): Branch {
    const entries = new Map<string, Entry>();
    for (const { key, value } of items) {
      const mark = this.#at(key, at);
      const name = isScalar(key) ? keyText(key) : undefined;
      if (name === undefined) this.problems.error(mark, "a key is a plain name");
      else if (entries.has(name)) this.problems.error(mark, `"${name}" stands here twice`);
      else entries.set(name, { key: mark, value: this.build(value, level + 1, mark) });
    }
    return branchOf(at, entries);
  }

  #leaf(value: unknown, at: Mark): Leaf {
    if (typeof value !== "string" || !value.includes("${")) return leafOf(at, value as Scalar);
    const { text, replaced, problems } = substitute(value, this.variables);
    return replaced ? { ...leafOf(at, resolvePlain(text)), filled: { text, problems } } : leafOf(at, text);
  }

  #repeat({ source }: Alias, at: Mark): Tree {
    const tree = this.#anchors.get(source);
    if (tree) return tree;
    this.problems.error(at, `no anchor &${source} ends before *${source}`);
    return leafOf(at, null);
  }

  #at(node: unknown, around: Mark): Mark {
    const range = (node as { range?: readonly number[] } | null)?.range;
    return range ? markOf(range[0], this.lines) : around;
  }
}

function leafOf(at: Mark, value: Scalar): Leaf {
  return { kind: "leaf", at, value, size: 1, depth: 1 };
}

/** Keys are taken as they are written: `on`, `1` and `null` are names like any other. */
function keyText({ value, source }: YamlScalar): string {
  return typeof value === "string" ? value : (source ?? String(value));
}
