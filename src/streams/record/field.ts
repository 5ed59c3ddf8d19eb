import type { Kind } from "./record-type.js";
import { SUMMARY_SIZE, COUNT } from "./summary.js";
import type { Features, FieldValue, Prediction, Window } from "./values.js";

/** The kind of a record's value. Readings are messages as they came and carry no mark of their own. */
export function kindOf(value: unknown): Kind {
  const kind = (value as { kind?: Kind }).kind;
  return kind ?? "reading";
}

/**
 * A field of any kind of value by its name, undefined where there is none: what expressions, thresholds and sinks read.
 * Of a window it is the number of samples of the field.
 */
export function readField(value: unknown, name: string): FieldValue | undefined {
  const fields = value as Record<string, FieldValue | undefined>;
  switch (fields.kind) {
    case undefined:
      return fields[name];
    case "features": {
      const { names, values } = value as Features;
      const index = names.indexOf(name);
      return index < 0 ? undefined : values[index];
    }
    case "prediction":
      return (value as Prediction).fields[name];
    case "window": {
      const { fields: kept, summaries, count } = value as Window;
      if (name === "count") return count;
      const index = kept.indexOf(name);
      return index < 0 ? undefined : summaries[index * SUMMARY_SIZE + COUNT];
    }
    default: {
      const found = fields[name];
      return typeof found === "object" ? undefined : found;
    }
  }
}

/** The same as a number; undefined where the field is absent, null, not a number or NaN. */
export function readNumber(value: unknown, name: string): number | undefined {
  const found = readField(value, name);
  return typeof found === "number" && !Number.isNaN(found) ? found : undefined;
}
