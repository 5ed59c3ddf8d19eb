import { readField } from "../record/field.js";
import type { StreamRecord } from "../record/record.js";
import type { FieldValue } from "../record/values.js";
import { didYouMean } from "../component/suggest.js";
import { EXISTS, functions } from "./functions.js";
import { arithmetic, equality, ordering } from "./operators.js";
import { parse } from "./parse.js";
import { ExpressionError, type Tree } from "./tree.js";

/** What a part of an expression gives, as far as can be told before a record has been seen. */
export type Part =
  /** NaN where it is not known. */
  | { readonly kind: "number"; readonly get: (record: StreamRecord) => number }
  | { readonly kind: "condition"; readonly get: (record: StreamRecord) => boolean }
  | { readonly kind: "text"; readonly get: (record: StreamRecord) => string }
  /** A field, or a choice between unlike things. Undefined where it is missing, null or NaN. */
  | { readonly kind: "field"; readonly get: (record: StreamRecord) => Known | undefined };

export type Known = number | string | boolean;

/** Compiled from text once; evaluating it allocates nothing and never throws. */
export interface Expression {
  readonly text: string;
  /** The fields of the record that it reads. */
  readonly fields: ReadonlySet<string>;
  readonly kind: Part["kind"];
  /** Undefined where the result is not known: a field was missing, or a number is not finite. */
  evaluate(record: StreamRecord): FieldValue | undefined;
}

export interface Condition {
  readonly text: string;
  readonly fields: ReadonlySet<string>;
  /** False where a field that it needs was not measured. */
  holds(record: StreamRecord): boolean;
}

/** Throws ExpressionError where the text cannot be read or makes no sense. */
export function compileExpression(text: string): Expression {
  const compiler = new Compiler(text);
  const { kind, get } = compiler.part(parse(text));
  return {
    text,
    fields: compiler.fields,
    kind,
    evaluate(record) {
      const value = get(record);
      return typeof value === "number" && !Number.isFinite(value) ? undefined : value;
    },
  };
}

/** The same for an expression that must be true or false. */
export function compileCondition(text: string): Condition {
  const compiler = new Compiler(text);
  return { text, fields: compiler.fields, holds: compiler.condition(parse(text)) };
}

class Compiler {
  readonly fields = new Set<string>();
  constructor(readonly text: string) {}

  part(tree: Tree): Part {
    switch (tree.type) {
      case "literal":
        return literal(tree.value);
      case "name":
        return this.#name(tree.name);
      case "unary":
        return this.#unary(tree);
      case "binary":
        return this.#binary(tree);
      case "choice":
        return this.#choice(tree);
      case "call":
        return this.#call(tree);
    }
  }

  /** A part as a truth: a field counts only where it is `true` itself, since 1 and "yes" are no conditions. */
  condition(tree: Tree): (record: StreamRecord) => boolean {
    const part = this.part(tree);
    if (part.kind === "condition") return part.get;
    if (part.kind !== "field")
      return this.#refuse(tree, `this is a ${part.kind} and no condition; compare it with something: roughness > 75`);
    const { get } = part;
    return (record) => get(record) === true;
  }

  /** A part as a number, NaN where it is none. */
  number(tree: Tree, of: string): (record: StreamRecord) => number {
    const part = this.part(tree);
    if (part.kind === "number") return part.get;
    if (part.kind !== "field") return this.#refuse(tree, `${of} takes numbers, and this is a ${part.kind}`);
    const { get } = part;
    return (record) => {
      const value = get(record);
      return typeof value === "number" ? value : NaN;
    };
  }

  #name(name: string): Part {
    if (name === "key") return { kind: "text", get: (record) => record.key };
    if (name === "time") return { kind: "number", get: (record) => record.eventTime / 1000 };
    this.fields.add(name);
    return {
      kind: "field",
      get({ value }) {
        const found = readField(value, name);
        // `object` is null, or something nested that is no measurement.
        return typeof found === "object" || Number.isNaN(found) ? undefined : found;
      },
    };
  }

  #unary({ operator, operand }: Tree & { type: "unary" }): Part {
    if (operator === "!") {
      const condition = this.condition(operand);
      return { kind: "condition", get: (record) => !condition(record) };
    }
    const number = this.number(operand, operator);
    return { kind: "number", get: operator === "-" ? (record) => -number(record) : number };
  }

  #binary(tree: Tree & { type: "binary" }): Part {
    const { operator, left, right } = tree;
    switch (operator) {
      case "&&":
      case "||": {
        const [first, second] = [this.condition(left), this.condition(right)];
        return operator === "&&"
          ? { kind: "condition", get: (record) => first(record) && second(record) }
          : { kind: "condition", get: (record) => first(record) || second(record) };
      }
      case "==":
      case "!=": {
        const [first, second] = [this.part(left), this.part(right)];
        if (first.kind !== second.kind && first.kind !== "field" && second.kind !== "field")
          this.#refuse(tree, `a ${first.kind} is never the same as a ${second.kind}; compare like with like`);
        return { kind: "condition", get: equality(operator, first.get, second.get) };
      }
      case "<":
      case "<=":
      case ">":
      case ">=":
        return {
          kind: "condition",
          get: ordering(operator, this.number(left, operator), this.number(right, operator)),
        };
      default:
        return { kind: "number", get: arithmetic(operator, this.number(left, operator), this.number(right, operator)) };
    }
  }

  #choice(tree: Tree & { type: "choice" }): Part {
    const test = this.condition(tree.test);
    const yes = this.part(tree.yes);
    const no = this.part(tree.no);
    if (yes.kind === "number" && no.kind === "number")
      return { kind: "number", get: (record) => (test(record) ? yes.get(record) : no.get(record)) };
    if (yes.kind === "condition" && no.kind === "condition")
      return { kind: "condition", get: (record) => (test(record) ? yes.get(record) : no.get(record)) };
    return {
      kind: "field",
      get(record) {
        const value = test(record) ? yes.get(record) : no.get(record);
        return Number.isNaN(value) ? undefined : value;
      },
    };
  }

  #call(tree: Tree & { type: "call" }): Part {
    const { name, given } = tree;
    if (name === EXISTS) return this.#exists(tree);
    const known = functions.get(name);
    if (!known) {
      const names = [...functions.keys(), EXISTS];
      const suggestion = didYouMean(name, names) || ` Known: ${names.join(", ")}.`;
      return this.#refuse(tree, `there is no function "${name}".${suggestion}`);
    }
    if (given.length < known.least || given.length > known.most)
      return this.#refuse(tree, `${name} is given ${given.length} values; write ${known.form}`);
    const { call } = known;
    const [first, second, ...rest] = given.map((part) => this.number(part, name));
    if (second === undefined) return { kind: "number", get: (record) => call(first!(record)) };
    if (rest.length === 0) return { kind: "number", get: (record) => call(first!(record), second(record)) };
    return {
      kind: "number",
      get: (record) => call(first!(record), second(record), ...rest.map((part) => part(record))),
    };
  }

  #exists(tree: Tree & { type: "call" }): Part {
    const [field] = tree.given;
    if (field?.type !== "name" || tree.given.length !== 1)
      return this.#refuse(tree, `${EXISTS} takes the name of one field: ${EXISTS}(roughness)`);
    const { get } = this.part(field);
    return { kind: "condition", get: (record) => get(record) !== undefined };
  }

  #refuse(tree: Tree, problem: string): never {
    throw new ExpressionError(this.text, tree.column, problem);
  }
}

function literal(value: Known): Part {
  if (typeof value === "number") return { kind: "number", get: () => value };
  if (typeof value === "string") return { kind: "text", get: () => value };
  return { kind: "condition", get: () => value };
}
