export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What JSON cannot hold stands under one of these names, alone in an object. */
const FLOATS = "$floats";
const NUMBER = "$number";
/** Put before a name of someone's own that begins with it, so that it is none of those. */
const MARK = "$";

/** Numbers as text, side by side in base64: every digit, NaN and -0 come back, on a machine of the same byte order. */
export function floatsToText(numbers: Float64Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");
}

/** An array of its own. Throws where the text is not whole. */
export function floatsFromText(text: string): Float64Array {
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  if (bytes.length % Float64Array.BYTES_PER_ELEMENT !== 0)
    throw new Error(`${bytes.length} bytes are no whole numbers of 8 bytes; what was saved is damaged`);
  return new Float64Array(bytes.buffer);
}

/**
 * Plain data in a form that JSON holds and from which the same comes back: numbers that JSON has no way to write, and
 * arrays of floats too. A property that is undefined is left out.
 */
export function toJson(value: unknown): JsonValue {
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { [NUMBER]: Object.is(value, -0) ? "-0" : `${value}` };
  if (typeof value !== "object" || value === null) return value as JsonValue;
  if (value instanceof Float64Array) return { [FLOATS]: floatsToText(value) };
  if (Array.isArray(value)) return value.map(toJson);
  const held: [string, JsonValue][] = [];
  for (const [name, part] of Object.entries(value))
    if (part !== undefined) held.push([name.startsWith(MARK) ? MARK + name : name, toJson(part)]);
  return Object.fromEntries(held);
}

/** What `toJson` was given. */
export function fromJson(saved: JsonValue): unknown {
  if (typeof saved !== "object" || saved === null) return saved;
  if (Array.isArray(saved)) return saved.map(fromJson);
  const fields = saved as Readonly<Record<string, JsonValue>>;
  if (typeof fields[FLOATS] === "string") return floatsFromText(fields[FLOATS]);
  if (typeof fields[NUMBER] === "string") return Number(fields[NUMBER]);
  return Object.fromEntries(
    Object.entries(fields).map(([name, part]) => [name.startsWith(MARK) ? name.slice(1) : name, fromJson(part)]),
  );
}
