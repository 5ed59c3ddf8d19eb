/** What kind of value an edge carries. Known when the pipeline is compiled, so that a wrong connection never runs. */
export type Kind = "reading" | "window" | "features" | "prediction" | "verdict" | "adjustment" | "late";

export interface RecordType {
  readonly kind: Kind;
  /** The numeric fields in order, where they are known at compile time (features, aggregates). */
  readonly fields?: readonly string[];
}

export const reading: RecordType = { kind: "reading" };
export const windowed: RecordType = { kind: "window" };
export const prediction: RecordType = { kind: "prediction" };
export const verdict: RecordType = { kind: "verdict" };
export const adjustment: RecordType = { kind: "adjustment" };
export const late: RecordType = { kind: "late" };

/** The type of records that hold the named features in this order. */
export function features(fields: readonly string[]): RecordType {
  return { kind: "features", fields };
}
