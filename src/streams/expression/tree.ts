/** The operators of an expression, as in JavaScript but without its coercions. */
export const ARITHMETIC = ["+", "-", "*", "/", "%"] as const;
export const ORDER = ["<", "<=", ">", ">="] as const;
export const EQUALITY = ["==", "!="] as const;
export const LOGIC = ["&&", "||"] as const;

export type BinaryOperator =
  (typeof ARITHMETIC)[number] | (typeof ORDER)[number] | (typeof EQUALITY)[number] | (typeof LOGIC)[number];
export type UnaryOperator = "-" | "+" | "!";

/** An expression that has been read and holds nothing that we do not know. Columns count from 1. */
export type Tree =
  | { readonly type: "literal"; readonly column: number; readonly value: number | string | boolean }
  | { readonly type: "name"; readonly column: number; readonly name: string }
  | { readonly type: "unary"; readonly column: number; readonly operator: UnaryOperator; readonly operand: Tree }
  | {
      readonly type: "binary";
      /** Where the operator stands. */
      readonly column: number;
      readonly operator: BinaryOperator;
      readonly left: Tree;
      readonly right: Tree;
    }
  | { readonly type: "choice"; readonly column: number; readonly test: Tree; readonly yes: Tree; readonly no: Tree }
  | { readonly type: "call"; readonly column: number; readonly name: string; readonly given: readonly Tree[] };

/** An expression that cannot be read or makes no sense, and how to mend it. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  constructor(
    readonly text: string,
    /** From 1. */
    readonly column: number,
    readonly problem: string,
  ) {
    super(`column ${column} of "${text}": ${problem}`);
  }
}
