import type { Features, FieldValue, Prediction, Reading } from "../../streams/record/values.js";
import { ADDRESS_FIELDS } from "../../streams/record/values.js";

/** What recordings call the answer. It is never looked at, whatever the options say. */
const LABELS: ReadonlySet<string> = new Set(["label", "is_anomaly", "changepoint", "anomaly"]);

export function isLabel(name: string): boolean {
  return LABELS.has(name.toLowerCase());
}

/** Picks the numbers out of records, in arrays that the next record overwrites. */
export class Inputs {
  readonly names: string[] = [];
  readonly values: number[] = [];
  readonly #chosen: ReadonlySet<string> | undefined;
  readonly #taken = new Map<string, boolean>();

  /** Absent: every number of a record, but for labels, key and time. */
  constructor(fields: readonly string[] | undefined) {
    this.#chosen = fields && new Set(fields);
  }

  /** How many numbers there are; the first so many of `names` and `values` are theirs. */
  read(value: Reading | Features | Prediction): number {
    if (value.kind === "features") {
      const { names, values } = value as Features;
      let count = 0;
      for (let i = 0; i < names.length; i++) count = this.#take(names[i]!, values[i], count);
      return count;
    }
    const fields: Readonly<Record<string, FieldValue | undefined>> =
      value.kind === "prediction" ? (value as Prediction).fields : (value as Reading);
    let count = 0;
    for (const name in fields) count = this.#take(name, fields[name], count);
    return count;
  }

  #take(name: string, value: FieldValue | undefined, count: number): number {
    if (typeof value !== "number" || !Number.isFinite(value) || !this.#takes(name)) return count;
    this.names[count] = name;
    this.values[count] = value;
    return count + 1;
  }

  #takes(name: string): boolean {
    let taken = this.#taken.get(name);
    if (taken === undefined) {
      taken = !isLabel(name) && !ADDRESS_FIELDS.has(name) && (this.#chosen?.has(name) ?? true);
      if (this.#taken.size < 10_000) this.#taken.set(name, taken);
    }
    return taken;
  }
}
