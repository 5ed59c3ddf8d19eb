import { plainValue } from "../../streams/record/plain.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { timeText } from "../../streams/record/timestamp.js";

/** `{"time":"…","key":"printer_1","value":{"roughness":80}}`. NaN becomes null. */
export function jsonLine(record: StreamRecord): string {
  const { key, eventTime, value } = record;
  return `${JSON.stringify({ time: timeText(eventTime), key, value: plainValue(value) })}\n`;
}

/** `2023-06-15T14:32:10.000Z printer_1 roughness=80`, nested parts as JSON. */
export function textLine({ key, eventTime, value }: StreamRecord): string {
  const parts = Object.entries(plainValue(value)).map(([name, part]) => `${name}=${textOf(part)}`);
  return `${[timeText(eventTime), visible(key), ...parts].join(" ")}\n`;
}

function textOf(part: unknown): string {
  return visible(typeof part === "string" && !/[\s"=]/.test(part) ? part : JSON.stringify(part ?? null));
}

/** Control characters of a message from the network would rewrite the terminal. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
