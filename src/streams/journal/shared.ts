import type { JsonValue } from "../record/json.js";
import type { Chunk, Gap, Offsets } from "./journal.js";

/** What is read of a stream that several processes share. */
export interface SharedRead {
  /** Where each partition begins. Those that are not wanted may have anything. */
  readonly from: Offsets;
  readonly partitions: ReadonlySet<number>;
}

/**
 * A stream that several processes work on, each on partitions of its own. Offsets grow along a partition; they need not be
 * dense.
 */
export interface SharedStream {
  readonly partitions: number;
  /** An offset of each partition that nothing that is kept lies before. */
  begins(): Promise<Offsets>;
  /** Behind the last element of each partition. */
  ends(): Promise<Offsets>;
  /**
   * What is in these partitions and what comes to them, until `stop` aborts: as much at once as has come, within reason. Each
   * in order; one against another as it happens. Outlives the trouble of whatever is on the other side; rejects where it can never be read.
   */
  read(read: SharedRead, stop: AbortSignal, gap?: (gap: Gap) => void): AsyncIterable<Pick<Chunk, "elements">>;
  /** What lies before these offsets is not needed any more for a restart. Of other partitions nothing is said. */
  commit(offsets: Offsets, partitions: ReadonlySet<number>): Promise<void>;
}

/** Something that was noted. */
export interface Note {
  readonly partition: number;
  /** Behind it. */
  readonly next: number;
  readonly value: JsonValue;
}

/** A stream of notes that whoever owns a partition goes on with. */
export interface SharedNotes {
  readonly partitions: number;
  begins(): Promise<Offsets>;
  /** What is there now; ends then. */
  read(read: SharedRead): AsyncIterable<Note>;
  /** Resolves with the offset behind it, when whoever owns the partition after us will find it. */
  append(key: string, value: JsonValue): Promise<number>;
}
