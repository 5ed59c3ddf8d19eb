import type { Batch, EpochEnd, StreamRecord } from "../record/record.js";

/** The end of an epoch on its way through the graph, between batches. */
export type Barrier = EpochEnd;

/** A batch on its way into a node, with the index of the input that it comes by. */
export interface Arrival {
  readonly input: number;
  readonly batch: Batch;
  /** The batch is empty then. */
  readonly barrier?: Barrier;
  /** Nothing more comes by this input. */
  readonly ended?: true;
}

/** What a node gives out at once: the main stream, and side streams by name where there is anything on them. */
export interface Emission {
  readonly main: Batch;
  readonly sides?: ReadonlyMap<string, readonly StreamRecord[]>;
  /** Only for those in a hurry: it comes again for all. */
  readonly aside?: true;
  /** Nothing else is in it then. Goes out on every stream of the node. */
  readonly barrier?: Barrier;
}
