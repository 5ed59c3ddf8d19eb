import type { Batch, StreamRecord } from "../record/record.js";

/** A batch on its way into a node, with the index of the input that it comes by. */
export interface Arrival {
  readonly input: number;
  readonly batch: Batch;
}

/** What a node gives out at once: the main stream, and side streams by name where there is anything on them. */
export interface Emission {
  readonly main: Batch;
  readonly sides?: ReadonlyMap<string, readonly StreamRecord[]>;
}
