import type { JsonValue } from "../../streams/record/json.js";

/** Stands for what JSON cannot hold: numbers side by side, base64, and a number that is none. */
const FLOATS = "$floats";
const NUMBER = "$number";

/** Records in a form that JSON holds, from which every digit and NaN come back. */
export function pack(value: unknown): JsonValue {
  if (value instanceof Float64Array)
    return { [FLOATS]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  if (typeof value === "number") return Number.isFinite(value) ? value : { [NUMBER]: String(value) };
  if (Array.isArray(value)) return value.map(pack);
  if (typeof value !== "object" || value === null) return value as JsonValue;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries.map(([name, part]) => [name, pack(part)]));
}

export function unpack(packed: JsonValue): unknown {
  if (typeof packed !== "object" || packed === null) return packed;
  if (Array.isArray(packed)) return packed.map(unpack);
  const fields = packed as Readonly<Record<string, JsonValue>>;
  if (typeof fields[FLOATS] === "string")
    return new Float64Array(new Uint8Array(Buffer.from(fields[FLOATS], "base64")).buffer);
  if (typeof fields[NUMBER] === "string") return Number(fields[NUMBER]);
  return Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, unpack(part)]));
}
