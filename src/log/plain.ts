import type { LogFields } from "../streams/component/context.js";

/** A field as it is written: nothing that JSON cannot hold. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

interface Manner {
  readonly redact: (text: string) => string;
  /** Whether errors are written with their stack. */
  readonly stacks: boolean;
}

/** Deeper parts of a field are cut off, which also ends circles. */
const DEEPEST = 6;
const LONGEST_LIST = 100;

/** Makes fields of any kind printable, without secrets. Fields that are undefined are left out. */
export function plainFields(fields: LogFields, manner: Manner): Record<string, Plain> {
  const plain: Record<string, Plain> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) plain[manner.redact(name)] = plainOf(value, manner, DEEPEST);
  }
  return plain;
}

function plainOf(value: unknown, manner: Manner, depth: number): Plain {
  switch (typeof value) {
    case "string":
      return manner.redact(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "object":
      return value === null ? null : objectOf(value, manner, depth);
    case "undefined":
      return null;
    default:
      return manner.redact(String(value));
  }
}

function objectOf(value: object, manner: Manner, depth: number): Plain {
  if (isError(value)) return manner.redact(errorText(value, manner.stacks));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (depth === 0) return "…";
  if (value instanceof Map) return objectOf(Object.fromEntries(value as Map<string, unknown>), manner, depth);
  if (value instanceof Set || Array.isArray(value) || ArrayBuffer.isView(value)) {
    const list = Array.from(value as Iterable<unknown>);
    const plain = list.slice(0, LONGEST_LIST).map((part) => plainOf(part, manner, depth - 1));
    return list.length > LONGEST_LIST ? [...plain, `… ${list.length - LONGEST_LIST} more`] : plain;
  }
  const plain: Record<string, Plain> = {};
  for (const [name, part] of Object.entries(value)) {
    if (part !== undefined) plain[manner.redact(name)] = plainOf(part, manner, depth - 1);
  }
  return plain;
}

/** Errors of another realm fail instanceof. */
function isError(value: object): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

/** The message, or what else tells: Node gives an AggregateError without one when every address refuses. */
function errorText(error: Error & { readonly code?: string }, stack: boolean): string {
  if (stack && error.stack) return error.stack;
  return error.message || (error.code ?? error.name);
}
