import type { z } from "zod";
import { didYouMean } from "../component/suggest.js";

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/**
 * What a schema says by default, in the words of someone who writes a pipeline file. Messages of its own go before. Empty
 * for a union: what its branches say is put together elsewhere.
 */
export function wording(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return typeWording(issue.expected, issue.input);
    case "invalid_value":
      return valueWording(issue.values, issue.input);
    case "invalid_union":
      return Array.isArray(issue.options) ? valueWording(issue.options, chosen(issue)) : "";
    case "too_small":
      return sizeWording(issue.origin, Number(issue.minimum), issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return sizeWording(issue.origin, Number(issue.maximum), issue.inclusive === false ? "less than" : "at most");
    case "not_multiple_of":
      return `write a multiple of ${String(issue.divisor)}`;
    case "invalid_format":
      return formatWording(issue.format, issue.pattern);
    default:
      return undefined;
  }
}

function typeWording(expected: string, given: unknown): string {
  if (given === undefined) return `write ${kindName(expected)}`;
  const instead = expected === "int" && typeof given === "number" ? String(given) : valueName(given);
  return `write ${kindName(expected)}, not ${instead}`;
}

/** What stands where a union looks to tell its branches apart. */
function chosen({ input, discriminator }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): unknown {
  return discriminator === undefined ? undefined : (input as Record<string, unknown>)[discriminator];
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a map",
  record: "a map",
  null: "nothing",
};

/** "a number", the way a user calls what a schema expects. */
export function kindName(expected: string): string {
  return KINDS[expected] ?? expected;
}

/** "text", the way a user calls what stands there. */
export function valueName(value: unknown): string {
  if (value === null || value === "") return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "boolean") return String(value);
  return kindName(typeof value);
}

/** `write one of red, green. Did you mean "green"?` */
export function valueWording(values: readonly unknown[], given: unknown): string {
  const choices = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const hint = typeof given === "string" ? didYouMean(given, choices) : "";
  const choice = choices.length === 1 ? choices.join("") : `one of ${choices.join(", ")}`;
  return `write ${choice}${hint && `.${hint}`}`;
}

function sizeWording(origin: string, bound: number, comparison: string): string {
  const plural = bound === 1 ? "" : "s";
  switch (origin) {
    case "string":
      return `write ${comparison} ${bound} character${plural}`;
    case "array":
    case "set":
      return `list ${comparison} ${bound}`;
    case "map":
    case "object":
      return `name ${comparison} ${bound}`;
    default:
      return comparison.startsWith("at")
        ? `write a number of ${comparison} ${bound}`
        : `write a number ${comparison} ${bound}`;
  }
}

function formatWording(format: string, pattern: string | undefined): string | undefined {
  if (format === "url") return "write a URL, as in http://localhost:8086";
  return pattern === undefined ? undefined : `write text that fits ${pattern}`;
}
