import type { FieldValue } from "../../streams/record/values.js";

/*
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 *   measurement,tag=value,tag=value field=1.5,field="text",field=true 1686839530000000000
 */

/** Nothing in it needs an escape anywhere. */
const PLAIN = /^[A-Za-z0-9_.:/+-]+$/;
/** Control, format and unassigned signs, lone surrogates and every space but the common one: InfluxDB refuses them in tags. */
const UNPRINTABLE = /[\p{C}\p{Z}\uFFFD]/gu;
/**
 * A backslash before a sign that is escaped, or at the end. InfluxDB has no escape for it and VictoriaMetrics has
 * another, so there is no way to write it that both read alike; anywhere else it stands for itself.
 */
const AMBIGUOUS_BACKSLASHES = /\\+(?=[ ,=]|$)/g;
/** Names that InfluxDB keeps for itself; it refuses a point with such a field. */
const RESERVED: ReadonlySet<string> = new Set(["time", "_time", "_field", "_measurement"]);

/** Names of fields that are kept with their escapes. */
const REMEMBERED = 10_000;

/** A tag's value or the name of a tag or field. What no server can hold in a name becomes a space, or a slash for `\`. */
export function escapeName(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(UNPRINTABLE, " ")
    .replace(AMBIGUOUS_BACKSLASHES, (run) => "/".repeat(run.length))
    .replace(/[ ,=]/g, "\\$&");
}

/** `,name=value`, or nothing: an empty tag is an error in line protocol. */
export function tag(name: string, value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return "";
  const escaped = escapeName(String(value));
  return escaped === "" ? "" : `,${escapeName(name)}=${escaped}`;
}

/**
 * `,name=value`, or nothing where the value is null, absent or not a finite number. Every number is a float, whole or
 * not: a field keeps the type of its first value, and 215 must not keep 215.5 out.
 */
export function field(name: string, value: FieldValue | undefined): string {
  if (value === null || value === undefined || name === "") return "";
  if (typeof value === "number") return Number.isFinite(value) ? `${beginning(name)}${value}` : "";
  return beginning(name) + (typeof value === "boolean" ? String(value) : quote(value));
}

/** `,name=` of the fields met so far: a farm has a handful, and escaping costs more than all the rest of a row. */
const beginnings = new Map<string, string>();

function beginning(name: string): string {
  let text = beginnings.get(name);
  if (text === undefined) {
    text = `,${RESERVED.has(name) ? `${name}_` : escapeName(name)}=`;
    // Whoever sends new names for ever must not make it grow for ever.
    if (beginnings.size >= REMEMBERED) beginnings.clear();
    beginnings.set(name, text);
  }
  return text;
}

/** Line breaks are written `\n`: InfluxDB takes them as they are, but VictoriaMetrics would see the next line begin. */
function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const oneLine = text.replaceAll("\r", "\\r").replaceAll("\n", "\\n").replaceAll("\0", "");
  return `"${oneLine.replace(/["\\]/g, "\\$&")}"`;
}
