import { ADDRESS_FIELDS } from "../../streams/record/values.js";

export interface Choice {
  /** Only these stay; absent: all. */
  readonly keep?: readonly string[] | undefined;
  readonly drop?: readonly string[] | undefined;
  /** New names by old ones. */
  readonly rename?: Readonly<Record<string, string>> | undefined;
}

/** The new name of a field, undefined where it goes. The address of a reading stays unless it is named under `drop`. */
export function renaming({ keep, drop, rename = {} }: Choice): (field: string) => string | undefined {
  const kept = keep && new Set([...keep, ...Object.keys(rename), ...ADDRESS_FIELDS]);
  const dropped = new Set(drop);
  const names = new Map(Object.entries(rename));
  return (field) => (dropped.has(field) || (kept && !kept.has(field)) ? undefined : (names.get(field) ?? field));
}
