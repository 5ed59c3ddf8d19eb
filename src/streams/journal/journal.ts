import type { Element } from "../record/record.js";

/** How safe an append is when it returns: from the end of this process (`os`), or from a power cut too (`fsync`). */
export type Durability = "os" | "fsync";

/** The next offset of each partition, by its number. What lies before it has been read, or is kept. */
export type Offsets = readonly number[];

/** One append, as it comes back: the same elements in the same order. */
export interface Chunk {
  /** When it was appended, ms since the epoch by our own clock. Never goes back within a stream. */
  readonly arrived: number;
  readonly elements: readonly Element[];
  /** What `append` was given for each of them. */
  readonly texts: readonly string[];
  /** Set on a chunk that holds nothing but the mark between two epochs: the number of the epoch that ends here. */
  readonly epoch?: number;
}

/** Where a read begins: at these offsets, or at the first chunk that arrived at this time or later. */
export type From = { readonly offsets: Offsets } | { readonly arrived: number };

export interface ReadOptions {
  readonly from: From;
  /** Ends before these offsets. Default: at the end as it is when the read begins. */
  readonly until?: Offsets;
  /** Only these partitions. */
  readonly partitions?: ReadonlySet<number>;
}

/** Something that was kept and can no longer be read. Never silent: it is counted, and told to whoever reads over it. */
export interface Gap {
  readonly reason: string;
  /** The first offset of each partition that was expected. */
  readonly from: Offsets;
  /** The first offset behind the gap, where that is known. */
  readonly resume: Offsets;
}

/**
 * A log of one stream: the elements of every partition in order of their offsets, which are dense. Whoever appends hands
 * out the offsets, and they must go on where the partition ends.
 */
export interface JournalStream {
  readonly name: string;
  readonly partitions: number;
  /** The first offset of each partition that is still kept. */
  begins(): Offsets;
  ends(): Offsets;
  /**
   * All or nothing. When it returns the elements survive the end of this process. Throws JournalWriteError where they could
   * not be kept (a full disk, say): then nothing of them is, and the same append may be tried again. Throws RangeError where
   * an offset or a partition is not the one that comes next.
   *
   * @param texts JSON of the value of each record, as it came; "" for a mark. A line feed in it becomes a space
   * @param arrived ms since the epoch; where it is behind that of the last append, that is taken
   */
  append(elements: readonly Element[], texts: readonly string[], arrived: number): void;
  /** Marks the end of an epoch. */
  appendEpoch(epoch: number, arrived: number): void;
  /**
   * Resolves when all that was appended so far survives a power cut. Many may wait for it at once. Rejects with
   * JournalSyncError where the disk says that it does not.
   */
  sync(): Promise<void>;
  /**
   * Chunks in the order in which they were appended. What cannot be read is left out and given to `gap`. A read from offsets
   * has the ends of epochs that stand at or behind them; one that ends with `until` has none that stand there.
   */
  read(options: ReadOptions, gap?: (gap: Gap) => void): AsyncIterable<Chunk>;
  /** Remembers up to where a group of consumers is done: those chunks are not needed for its recovery. */
  commit(group: string, offsets: Offsets): Promise<void>;
  committed(group: string): Offsets | undefined;
  close(): Promise<void>;
}
