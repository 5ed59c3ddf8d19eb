import { ConfigError } from "../component/errors.js";

/** Rows in a form that JSON holds. */
export type SavedRows = {
  readonly fields: readonly string[];
  /** Whether those are all fields that were ever measured, not some that were wanted. */
  readonly all: boolean;
  readonly origins: readonly (readonly [stream: string, partition: number])[];
  /** The number of the first row. */
  readonly first: number;
  /** The numbers row by row, as text of floats. */
  readonly data: string;
};

/**
 * The numbers of saved rows with the fields that are wanted now. Throws ConfigError where one of those was not kept.
 *
 * @param address how many numbers stand before the fields of a row
 * @param wanted "all": whatever is measured
 */
export function choose(
  data: Float64Array,
  { fields, all }: SavedRows,
  address: number,
  wanted: readonly string[] | "all",
): Float64Array {
  if (wanted === "all" ? all : sameList(fields, wanted)) return data;
  const lacking = wanted === "all" ? "every field is" : lackingOf(wanted, fields);
  if (data.length > 0 && !all && lacking !== undefined)
    throw new ConfigError(
      `its samples were kept with ${fields.join(", ") || "no field"}, and now ${lacking} wanted behind it`,
    );
  if (wanted === "all") return data;
  const [before, width] = [address + fields.length, address + wanted.length];
  const places = wanted.map((field) => fields.indexOf(field));
  const chosen = new Float64Array((data.length / before) * width);
  for (let from = 0, to = 0; from < data.length; from += before, to += width) {
    chosen.set(data.subarray(from, from + address), to);
    places.forEach((place, i) => (chosen[to + address + i] = place < 0 ? NaN : data[from + address + place]!));
  }
  return chosen;
}

function lackingOf(wanted: readonly string[], fields: readonly string[]): string | undefined {
  const lacking = wanted.filter((field) => !fields.includes(field));
  return lacking.length === 0 ? undefined : `${lacking.join(", ")} ${lacking.length > 1 ? "are" : "is"}`;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
