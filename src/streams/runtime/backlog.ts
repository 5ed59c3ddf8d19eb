import type { StreamRecord, TimeMark } from "../record/record.js";

/** What waits for a sink, in order. */
export interface Backlog {
  /** Records and marks. */
  readonly length: number;
  /** Takes a record in; false where it leaves nothing to write. Throws for one that can never be written. */
  push(record: StreamRecord): boolean;
  mark(mark: TimeMark): void;
  /** Calls when all that came before has been given out and written, and nothing that comes behind. Absent: nobody asks. */
  barrier?(reached: () => void): void;
  /** Lets go of so many, from the oldest on. */
  drop(count: number): void;
  /** Lets go of everything; says how many records that were. */
  clear(): number;
  /** The next write of at most so many records; they wait no longer. Something must be waiting. */
  next(size: number): Load;
  /** At most so many of the oldest, for the disk. They go on waiting here. Neither marks nor barriers may be among them. */
  pages(count: number): Page[];
  /** Puts what stood on a page behind what waits, as `JSON.parse` gives it. */
  restore(content: unknown): void;
}

/** Some records in a row, as they go to the disk. */
export interface Page {
  readonly count: number;
  /** JSON. */
  readonly text: string;
}

/** A page holds at most so many records. */
export const PAGE = 64;

/** One write: records, or a mark or a barrier that stands between them. */
export interface Load {
  /** Records; 0 for a mark and a barrier. */
  readonly count: number;
  write(): Promise<readonly StreamRecord[] | undefined>;
  /** One of its records, for whoever asks what could not be written. */
  record(i: number): StreamRecord;
  /** All of its records, for the disk. */
  pages(): Page[];
}
