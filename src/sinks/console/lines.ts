import type { StreamRecord } from "../../streams/record/record.js";
import { kindOf } from "../../streams/record/field.js";
import { COUNT, MAX, MEAN, MIN, SUMMARY_SIZE } from "../../streams/record/summary.js";
import type { Features, Late, Prediction, Window } from "../../streams/record/values.js";

/** `{"time":"…","key":"printer_1","value":{"roughness":80}}`. NaN becomes null. */
export function jsonLine(record: StreamRecord): string {
  const { key, eventTime, value } = record;
  return `${JSON.stringify({ time: timeOf(eventTime), key, value: readable(value) })}\n`;
}

/** `2023-06-15T14:32:10.000Z printer_1 roughness=80`, nested parts as JSON. */
export function textLine({ key, eventTime, value }: StreamRecord): string {
  const parts = Object.entries(readable(value)).map(([name, part]) => `${name}=${textOf(part)}`);
  return `${[timeOf(eventTime), visible(key), ...parts].join(" ")}\n`;
}

/** The value with its typed arrays under their names. */
function readable(value: unknown): object {
  switch (kindOf(value)) {
    case "features": {
      const { kind, names, values } = value as Features;
      return { kind, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) };
    }
    case "prediction": {
      const { kind, fields, evidence } = value as Prediction;
      return { kind, ...fields, model: evidence.model.name };
    }
    case "window": {
      const { kind, start, end, count, revision, fields, summaries } = value as Window;
      const named = fields.map((field, i) => [field, summaryOf(summaries, i * SUMMARY_SIZE)]);
      const bounds = { start: timeOf(start), end: timeOf(end) };
      return { kind, ...bounds, count, revision, ...(Object.fromEntries(named) as object) };
    }
    case "late": {
      const { kind, record, lateBy } = value as Late;
      return { kind, late_by: lateBy, value: readable(record.value) };
    }
    default:
      return Object.fromEntries(Object.entries(value as object).filter(([name]) => name !== "evidence"));
  }
}

function summaryOf(summaries: Float64Array, at: number): object | null {
  if (summaries[at + COUNT] === 0) return null;
  return { mean: summaries[at + MEAN], min: summaries[at + MIN], max: summaries[at + MAX] };
}

function textOf(part: unknown): string {
  return visible(typeof part === "string" && !/[\s"=]/.test(part) ? part : JSON.stringify(part ?? null));
}

/** Control characters of a message from the network would rewrite the terminal. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function timeOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
