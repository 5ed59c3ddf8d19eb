import type { ResourceKey } from "../../streams/component/context.js";
import type { FieldValue } from "../../streams/record/values.js";

/** The kinds of records that are stored. Their order is the order in which they are read where times are equal. */
export const STORED_KINDS = ["reading", "prediction", "verdict", "adjustment"] as const;
export type StoredKind = (typeof STORED_KINDS)[number];

/** A record as it is stored: flat. */
export interface HistoryRow {
  readonly printer: string;
  /** Event time, ms since the epoch, fractions kept. */
  readonly time: number;
  readonly kind: StoredKind;
  /** Tells apart what one printer has of one kind at one time: a model, a rule, a command. Empty for readings. */
  readonly part: string;
  /** What was measured or decided. Null, NaN and infinite values are not kept. */
  readonly fields: Readonly<Record<string, FieldValue>>;
}

export interface HistoryQuery {
  readonly printer: string;
  /** ms since the epoch, inclusive. */
  readonly from?: number;
  /** ms since the epoch, exclusive. */
  readonly to?: number;
  /** Absent: all. */
  readonly kinds?: readonly StoredKind[];
  /** Rows keep these fields and no others; a row that has none of them is left out. Absent: all. */
  readonly fields?: readonly string[];
  /** So many rows at most. */
  readonly limit?: number;
}

/** How far `trim` has come. */
export interface Trimmed {
  readonly removed: number;
  /** True where every printer has been looked at since the last time it was true. */
  readonly done: boolean;
}

/**
 * What was measured, predicted, decided and done, kept on this machine. One process writes; any number may read
 * meanwhile. All calls block: a row takes some microseconds.
 */
export interface HistoryStore {
  /** The file. */
  readonly address: string;
  /**
   * Once it returns, the rows survive a crash of this process: all of them, or none if it throws. A row with the printer,
   * time, kind and part of another takes its place. DisconnectedError where the disk is full or another process is
   * writing; ConfigError where the file is damaged.
   */
  write(rows: readonly HistoryRow[]): void;
  /** Resolves when the rows that were written survive a power cut. */
  sync(): Promise<void>;
  /** Rows in order of time. Reads on as it is asked to, and holds nothing open in between. */
  query(query: HistoryQuery): IterableIterator<HistoryRow>;
  /** The names of the fields that the rows of a query have, in the order in which they were first stored. */
  fields(query: HistoryQuery): readonly string[];
  /** Everyone of whom there is anything, sorted. */
  printers(): readonly string[];
  /**
   * Removes about `limit` rows at most that are more than `keep` ms older than the newest of their printer, and all of a
   * printer of whom nothing has come in for so long. So old recordings last as long as fresh readings, and a printer that
   * goes away leaves nothing for ever. Room is used again; the file does not shrink.
   */
  trim(keep: number, limit: number): Trimmed;
  close(): void;
}

export const historyStore: ResourceKey<HistoryStore> = {
  name: "history",
  mend: "set STATE_DIR to a folder that this program may write to",
};
