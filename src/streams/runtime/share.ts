import type { SharedNotes, SharedStream } from "../journal/shared.js";
import type { Entry, Header, OwnEntry } from "./checkpoint/checkpoint.js";

/**
 * What a run works on that shares its pipelines with other processes: some partitions of every stream, from the first
 * moment of the run to its last. Keys of other partitions are other runs' business, and so are the sources themselves: they
 * are read by one process, for all.
 */
export interface Share {
  readonly partitions: ReadonlySet<number>;
  /** Whether a partition is still ours. To be asked right before whatever cannot be undone. */
  owns(partition: number): boolean;
  /** The stream of a source. @param as the name that its records bear in their positions */
  stream(name: string, as: string): Promise<SharedStream>;
  /** Where a sink notes what it did. */
  notes(name: string): Promise<SharedNotes>;
  states(pipeline: string): Promise<SharedStates>;
  /** A record was brought back to a node: the state of this partition is not what its offsets say. */
  touched?(partition: number): void;
}

/** Checkpoints of one pipeline, by partition. */
export interface SharedStates {
  /** What was left by whoever had our partitions before, each of them in one at most. */
  load(): Promise<readonly LeftState[]>;
  /** Begins a checkpoint of our partitions. */
  begin(header: Header): Promise<StateWriter>;
}

/** A checkpoint of another run, as far as it speaks for our partitions. */
export interface LeftState {
  readonly header: Header;
  /** Those of ours that it speaks for: of `offsets` only theirs count. */
  readonly partitions: ReadonlySet<number>;
  /** Of keys of these partitions alone, and what is of no key. */
  entries(): AsyncIterable<Entry | OwnEntry>;
}

/** A checkpoint that is being written. */
export interface StateWriter {
  line(value: Entry | OwnEntry): void;
  /** True when enough has come together to be written. */
  readonly due: boolean;
  write(): Promise<void>;
  /** It counts when this resolves, for every partition that is still ours. */
  finish(): Promise<void>;
  /** Leaves nothing of it. */
  abandon(): Promise<void>;
}
