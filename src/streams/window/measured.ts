import { PoisonRecordError } from "../component/errors.js";
import { readNumber } from "../record/field.js";
import type { Kind } from "../record/record-type.js";
import { ADDRESS_FIELDS, type Features, type Prediction, type Reading } from "../record/values.js";

/** What windows are made of: values with numbers by name. */
export type Measured = Reading | Features | Prediction;
export const MEASURED: readonly Kind[] = ["reading", "features", "prediction"];

/** Writes the fields of a value side by side, NaN where there is no finite number. */
export function measureFields(value: Measured, fields: readonly string[], into: Float64Array, at: number): void {
  const plain = value.kind === undefined;
  for (let i = 0; i < fields.length; i++) {
    const found = plain ? value[fields[i]!] : readNumber(value, fields[i]!);
    into[at + i] = Number.isFinite(found) ? (found as number) : NaN;
  }
}

/** The names under which a value holds a number, in no particular order. */
export function measuredFields(value: Measured): readonly string[] {
  if (value.kind === "features") return (value as Features).names;
  if (value.kind === "prediction") return Object.keys((value as Prediction).fields);
  return Object.keys(value).filter(
    (field) => typeof (value as Reading)[field] === "number" && !ADDRESS_FIELDS.has(field),
  );
}

/** The last time that a Date holds: beyond it, adding a millisecond may change nothing. ECMA-262, "Time Values". */
const LAST_TIME = 8.64e15;

export function isDate(time: number): boolean {
  return Math.abs(time) <= LAST_TIME;
}

/** A time that is none would put a sample before or behind all others for ever. */
export function requireDate(time: number): void {
  if (!isDate(time)) throw new PoisonRecordError(`event time ${time} is no date; send ms since the epoch`);
}
