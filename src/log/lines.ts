import type { Plain } from "./plain.js";

export interface Entry {
  /** ISO 8601, UTC */
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, Plain>>;
}

const OWN = new Set(["time", "level", "message"]);

/** One JSON object. A field that is called like a part of the line itself gets a `_`. */
export function jsonLine({ time, level, message, fields }: Entry): string {
  const named = Object.entries(fields).map(([name, value]) => [OWN.has(name) ? `${name}_` : name, value]);
  return JSON.stringify({ time, level, message, ...(Object.fromEntries(named) as object) });
}

/** `14:32:10 warn late record dropped node=spans key=printer_1`; times are UTC. */
export function prettyLine({ time, level, message, fields }: Entry): string {
  const parts = Object.entries(fields).map(([name, value]) => `${visible(name)}=${textOf(value)}`);
  return [time.slice(11, 19), level.padEnd(5), visible(message), ...parts].join(" ");
}

function textOf(value: Plain): string {
  if (typeof value !== "string") return visible(JSON.stringify(value));
  return visible(value === "" || /[\s"=]/.test(value) ? JSON.stringify(value) : value);
}

/** Control characters would let a message that came over the network rewrite the terminal. */
function visible(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
