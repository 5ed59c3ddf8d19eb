import { kindOf } from "./field.js";
import { timeText } from "./timestamp.js";
import { COUNT, MAX, MEAN, MIN, SUMMARY_SIZE } from "./summary.js";
import type { Features, Late, Prediction, Window } from "./values.js";

/**
 * The value of a record of any kind as an object that JSON can hold and a person can read: numbers by their names instead
 * of typed arrays, times as text, the evidence left out. A reading is left as it came.
 */
export function plainValue(value: unknown): object {
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
      const { kind, start, end, count, revision, by, fields, summaries } = value as Window;
      const named = fields.map((field, i) => [field, summaryOf(summaries, i * SUMMARY_SIZE)]);
      const bounds = { start: timeText(start), end: timeText(end) };
      const session = by && { by: { [by.field]: by.value } };
      return { kind, ...bounds, count, revision, ...session, ...(Object.fromEntries(named) as object) };
    }
    case "late": {
      const { kind, record, lateBy } = value as Late;
      return { kind, late_by: lateBy, value: plainValue(record.value) };
    }
    default:
      return Object.fromEntries(Object.entries(value as object).filter(([name]) => name !== "evidence"));
  }
}

function summaryOf(summaries: Float64Array, at: number): object | null {
  if (summaries[at + COUNT] === 0) return null;
  return { mean: summaries[at + MEAN], min: summaries[at + MIN], max: summaries[at + MAX] };
}
