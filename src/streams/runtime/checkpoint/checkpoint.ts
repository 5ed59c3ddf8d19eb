import type { JsonValue } from "../../record/json.js";
import type { Offsets } from "../../journal/journal.js";

/** The form of the file. A program that reads another one refuses it. */
export const VERSION = 1;

/** What the state of a node was made by: a node of another make cannot take it. */
export interface Make {
  readonly type: string;
  /** What of its options the state depends on. */
  readonly options: JsonValue;
}

/** The first line of a checkpoint. */
export interface Header {
  readonly version: number;
  readonly pipeline: string;
  readonly epoch: number;
  /** ISO 8601, UTC. */
  readonly taken_at: string;
  /** By source: up to where its stream has been worked off. */
  readonly offsets: Readonly<Record<string, Offsets>>;
  /** Those that it speaks for, where that is not all. */
  readonly partitions?: readonly number[];
  /** By node: all that hold state. */
  readonly nodes: Readonly<Record<string, Make>>;
}

/** One key of one state of one node. */
export type Entry = readonly [node: string, state: string, key: string, saved: JsonValue];
/** What a node keeps that is of no key. */
export type OwnEntry = readonly [node: string, saved: JsonValue];

/** The last line. */
export interface Last {
  readonly entries: number;
  /** CRC-32 of all lines before it. */
  readonly crc: number;
}
