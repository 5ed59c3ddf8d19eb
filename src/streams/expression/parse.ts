import jsep from "jsep";
import { ARITHMETIC, EQUALITY, ExpressionError, LOGIC, ORDER, type BinaryOperator, type Tree } from "./tree.js";

type Parsed = jsep.CoreExpression & { start?: number };

/** Beyond these an expression is a mistake, and reading it could exhaust the stack. */
export const LONGEST_EXPRESSION = 1000;
export const DEEPEST_NESTING = 50;

const BINARY: ReadonlySet<string> = new Set([...ARITHMETIC, ...ORDER, ...EQUALITY, ...LOGIC]);

/** What to write in place of things that other languages have. */
const MEND_OPERATOR: Readonly<Record<string, string>> = {
  "===": "write ==",
  "!==": "write !=",
  "**": "multiply: x * x",
  "??": "write exists(x) ? x : y",
  "&": "write &&",
  "|": "write ||",
};
const MEND_WORD: Readonly<Record<string, string>> = {
  and: "write && for and",
  or: "write || for or",
  not: "write ! for not",
};
const MEND_NAME: Readonly<Record<string, string>> = {
  null: "ask with exists(field) whether a field was measured",
  undefined: "ask with exists(field) whether a field was measured",
  NaN: "ask with exists(field) whether a field was measured",
  Infinity: "leave the comparison out, or write a large number",
};

/** The class behind jsep, which its typings leave out. */
const { Jsep } = jsep as unknown as {
  Jsep: new (text: string) => {
    readonly index: number;
    gobbleSpaces(): void;
    gobbleToken(): Parsed | false | undefined;
    throwError(message: string): never;
    parse(): Parsed;
  };
};

/** jsep says where it failed but not where a node stands: this notes where each token began, and how deep it lies. */
class Locating extends Jsep {
  #depth = 0;

  override gobbleToken(): Parsed | false | undefined {
    this.gobbleSpaces();
    const start = this.index;
    if (++this.#depth > DEEPEST_NESTING) this.throwError(`nested more than ${DEEPEST_NESTING} deep; split it`);
    const node = super.gobbleToken();
    this.#depth--;
    if (node) node.start = start;
    return node;
  }
}

/** Reads an expression. Throws ExpressionError for whatever is not in the language. */
export function parse(text: string): Tree {
  if (text.trim() === "") throw new ExpressionError(text, 1, "it is empty; write a condition such as roughness > 75");
  if (text.length > LONGEST_EXPRESSION) {
    const start = `${text.slice(0, 40)}…`;
    throw new ExpressionError(
      start,
      LONGEST_EXPRESSION,
      `it is longer than ${LONGEST_EXPRESSION} characters; split it`,
    );
  }
  return new Reader(text).tree(read(text));
}

function read(text: string): Parsed {
  try {
    return new Locating(text).parse();
  } catch (cause) {
    const { description, index } = cause as { description?: string; index?: number };
    if (description === undefined || index === undefined) throw cause;
    const mend =
      description === 'Unexpected "="'
        ? "; write == to compare"
        : description === 'Unexpected "`"'
          ? "; write text in single quotes: 'printing'"
          : "";
    throw new ExpressionError(text, index + 1, description + mend);
  }
}

/** Turns what jsep read into a tree of ours and refuses the rest. */
class Reader {
  constructor(readonly text: string) {}

  tree(node: Parsed | false | null | undefined): Tree {
    // jsep lets some gaps pass: `()`, `f(a, , b)`.
    if (!node)
      return this.#refuse(1, "a part of it is missing; look for an empty pair of brackets or a comma too many");
    const column = startOf(node) + 1;
    switch (node.type) {
      case "Literal":
        return this.#literal(node, column);
      case "Identifier":
        return { type: "name", column, name: this.#name(node.name, column) };
      case "UnaryExpression": {
        const { operator } = node;
        if (operator !== "-" && operator !== "+" && operator !== "!")
          return this.#refuse(column, `there is no ${operator} here; write ! for not, - for minus`);
        return { type: "unary", column, operator, operand: this.tree(node.argument as Parsed) };
      }
      case "BinaryExpression":
        return this.#binary(node);
      case "ConditionalExpression": {
        const [test, yes, no] = [node.test, node.consequent, node.alternate] as Parsed[];
        return { type: "choice", column, test: this.tree(test), yes: this.tree(yes), no: this.tree(no) };
      }
      case "CallExpression": {
        const callee = node.callee as Parsed;
        if (callee.type !== "Identifier") return this.#refuse(column, "only functions by name can be called: abs(x)");
        return { type: "call", column, name: callee.name, given: node.arguments.map((it) => this.tree(it as Parsed)) };
      }
      case "MemberExpression":
        return this.#refuse(column, "records are flat: write the name of a field, without . or [ ]");
      case "ThisExpression":
        return this.#refuse(column, 'there is no "this": write the name of a field by itself');
      case "ArrayExpression":
        return this.#refuse(column, "there are no lists; join comparisons with ||: state == 'a' || state == 'b'");
      case "Compound":
      case "SequenceExpression":
        return this.#several(node);
    }
  }

  #literal(node: jsep.Literal, column: number): Tree {
    const { value, raw } = node;
    if (typeof value !== "number" && typeof value !== "string" && typeof value !== "boolean")
      return this.#refuse(column, `there is no ${raw}; ${MEND_NAME.null!}`);
    return { type: "literal", column, value };
  }

  #binary(node: jsep.BinaryExpression): Tree {
    const { operator } = node;
    const left = node.left as Parsed;
    const right = node.right as Parsed;
    const column = this.text.lastIndexOf(operator, startOf(right) - 1) + 1;
    if (!BINARY.has(operator))
      return this.#refuse(
        column,
        `there is no ${operator}; ${MEND_OPERATOR[operator] ?? "bits cannot be shifted or mixed"}`,
      );
    return {
      type: "binary",
      column,
      operator: operator as BinaryOperator,
      left: this.tree(left),
      right: this.tree(right),
    };
  }

  #name(name: string, column: number): string {
    // Such a name would find a property that every object has, and no field.
    if (name in Object.prototype) return this.#refuse(column, `"${name}" cannot be the name of a field`);
    const mend = Object.hasOwn(MEND_NAME, name) ? MEND_NAME[name] : undefined;
    return mend === undefined ? name : this.#refuse(column, `there is no ${name}; ${mend}`);
  }

  #several(node: jsep.Compound | jsep.SequenceExpression): never {
    const parts = (node.type === "Compound" ? node.body : node.expressions) as Parsed[];
    if (parts.length < 2)
      return this.#refuse(1, "there is nothing to evaluate; write a condition such as roughness > 75");
    const word = parts.find((part) => part.type === "Identifier" && Object.hasOwn(MEND_WORD, part.name));
    if (word) return this.#refuse(startOf(word) + 1, MEND_WORD[(word as jsep.Identifier).name]!);
    return this.#refuse(startOf(parts[1]!) + 1, "one expression ends before this; join the two with && or ||");
  }

  #refuse(column: number, problem: string): never {
    throw new ExpressionError(this.text, column, problem);
  }
}

/** Where the text of a node begins. Only tokens know; a compound begins where its first token does. */
function startOf(node: Parsed): number {
  if (node.start !== undefined) return node.start;
  if (node.type === "BinaryExpression") return startOf(node.left as Parsed);
  if (node.type === "ConditionalExpression") return startOf(node.test as Parsed);
  return 0;
}
