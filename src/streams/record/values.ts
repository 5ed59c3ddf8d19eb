import type { Position, StreamRecord } from "./record.js";

/** What a field of a reading may hold. Numbers are in the units of docs/topics.md. */
export type FieldValue = number | string | boolean | null;

/**
 * A sensor reading: the message as it came, flat. The record's key and event time say the same as `printer_id` and
 * `timestamp` and are the ones to use. A field that is absent or null was not measured. It never has a field `kind`.
 */
export interface Reading {
  readonly [field: string]: FieldValue | undefined;
}

/** The fields of a reading that say whose and when it is, and are not measurements. */
export const ADDRESS_FIELDS: ReadonlySet<string> = new Set(["printer_id", "timestamp"]);

/** Event time from `start` (inclusive) to `end` (exclusive), both in ms since the epoch. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** The way back from a conclusion to the raw readings that led to it. */
export interface Evidence {
  /** The span of event time that was looked at; absent where a single reading decided. */
  readonly window?: Bounds;
  /** How often that window had been corrected; absent for its first result. */
  readonly revision?: number;
  /** The first and the last reading that took part. */
  readonly from: Position;
  readonly to: Position;
  readonly model?: ModelId;
}

export interface ModelId {
  readonly name: string;
  /** Changes whenever the weights do. */
  readonly version: string;
}

/** The records of one key in one span of event time. */
export interface Window extends Bounds {
  readonly kind: "window";
  readonly count: number;
  readonly from: Position;
  readonly to: Position;
  /** 0 for the first result of this window; a corrected one counts up. */
  readonly revision: number;
  /** Of a session that goes by a field: which layer, job or state it is; null where no record said. */
  readonly by?: { readonly field: string; readonly value: FieldValue };
  /** The numeric fields that were kept. */
  readonly fields: readonly string[];
  /** One summary a field, one after the other: see summary.ts for the layout. */
  readonly summaries: Float64Array;
  /** The samples themselves in order of time, where an operator behind the window asked for them. */
  readonly samples?: Samples;
}

/** Columns of equal length; NaN where a reading lacked the field. */
export interface Samples {
  readonly times: Float64Array;
  readonly columns: readonly Float64Array[];
}

/** Named numbers computed from a window. NaN where nothing was measured. */
export interface Features {
  readonly kind: "features";
  /** One array shared by all records of a node: compare it by reference. */
  readonly names: readonly string[];
  readonly values: Float64Array;
  readonly evidence: Evidence;
}

/** What a model says. */
export interface Prediction {
  readonly kind: "prediction";
  /** The model's outputs and the features that were carried along, by name. */
  readonly fields: Readonly<Record<string, number>>;
  readonly evidence: Evidence & { readonly model: ModelId };
}

/** Two parts of a field's past that differ. Times are those of the first and last sample, ms since the epoch. */
export interface Shift {
  readonly before_start: number;
  readonly before_end: number;
  /** Number of samples. */
  readonly before_count: number;
  readonly before_mean: number;
  /** When the change was, as well as that can be told. */
  readonly after_start: number;
  readonly after_end: number;
  readonly after_count: number;
  readonly after_mean: number;
}

/** A rule changed its mind about a printer: the beginning or the end of an episode. Of a change of level it says which. */
export interface Verdict extends Partial<Shift> {
  readonly kind: "verdict";
  /** The node that decided. */
  readonly rule: string;
  readonly state: "raised" | "cleared";
  readonly field: string;
  readonly observed: number;
  readonly limit: number;
  /** True where the observed value is a model's estimate and was not measured. */
  readonly estimated: boolean;
  /** The same for the beginning and the end of one episode, and in every replay. */
  readonly episode: string;
  readonly evidence: Evidence;
}

/** The parts of a control message that change how a printer prints. */
export interface Command {
  /** Percent of the commanded speed. */
  readonly speed?: number;
  /** °C */
  readonly nozzle_temp?: number;
  /** °C */
  readonly bed_temp?: number;
  /** Part fan, percent. */
  readonly fan?: number;
  /** Percent of the commanded flow. */
  readonly flow?: number;
  readonly pause?: boolean;
}

/** A control message and what became of it. */
export interface Adjustment extends Command {
  readonly kind: "adjustment";
  readonly command_id: string;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly issued_at: string;
  readonly expires_at: string;
  /**
   * `sent`: the broker has it. `advised`: recorded only, by CONTROL_MODE=advise. `rehearsed`: a replay or a test.
   * `withheld`: a brake held it back; `reason` says which.
   */
  readonly outcome: "sent" | "advised" | "rehearsed" | "withheld";
  readonly episode: string;
  readonly evidence: Evidence;
}

/** A record that came after its window had closed. */
export interface Late {
  readonly kind: "late";
  readonly record: StreamRecord;
  /** How far it lay behind the watermark of its key, in ms. */
  readonly lateBy: number;
  /** The window that it would have belonged to. */
  readonly window: Bounds;
}
