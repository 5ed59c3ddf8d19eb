import type { Written } from "../../streams/journal/embedded/segment.js";
import type { Offsets } from "../../streams/journal/journal.js";
import type { JsonValue } from "../../streams/record/json.js";
import type { DeadLetter } from "../../streams/runtime/dead-letters.js";
import type { NodeStatus } from "../../streams/runtime/metrics.js";
import type { PipelineFile } from "../pipelines.js";
import type { Answer, Returning } from "../../streams/runtime/retry.js";

/** What a worker is to do, as it is told first. */
export interface Orders {
  readonly index: number;
  readonly workers: number;
  /** Settings as `NAME=VALUE`, all of them. They may hold secrets: nobody else reads this. */
  readonly set: readonly string[];
  /** The broker at MQTT_URL is that of the process that started it. */
  readonly ownBroker: boolean;
  /** The pipeline files as they were read, and the names of those pipelines that are shared. */
  readonly files: readonly PipelineFile[];
  readonly pipelines: readonly string[];
  /** By name: every stream that a source or a sink of these has. */
  readonly streams: Readonly<Record<string, StreamOrders>>;
}

/** A stream as it stands when a worker begins. */
export interface StreamOrders {
  readonly begins: Offsets;
  readonly ends: Offsets;
  /** Absent where nothing was ever appended. */
  readonly written: Written | undefined;
}

/** From the process that reads the sources to a worker. */
export type ToWorker =
  | { readonly what: "orders"; readonly orders: Orders }
  /** A stream has grown. */
  | { readonly what: "grown"; readonly stream: string; readonly written: Written }
  /** A note is kept: the offset behind it; or why not. */
  | { readonly what: "noted"; readonly id: number; readonly next: number }
  | { readonly what: "not noted"; readonly id: number; readonly reason: string }
  /** What a pipeline has in the journal survives a power cut. */
  | { readonly what: "synced"; readonly id: number }
  | { readonly what: "not synced"; readonly id: number; readonly reason: string }
  | {
      readonly what: "retry";
      readonly id: number;
      readonly pipeline: string;
      readonly node: string;
      readonly returning: Returning;
    }
  /** Asks to be told when what this pipeline was given so far would survive a kill. */
  | { readonly what: "keep"; readonly id: number; readonly pipeline: string }
  | { readonly what: "stop" };

/** From a worker. */
export type FromWorker =
  | { readonly what: "running" }
  /** It cannot begin: what the user has to mend. */
  | { readonly what: "refused"; readonly reason: string }
  | { readonly what: "status"; readonly nodes: readonly NodeStatus[]; readonly dead: number }
  | { readonly what: "letter"; readonly letter: DeadLetter }
  | {
      readonly what: "note";
      readonly id: number;
      readonly stream: string;
      readonly key: string;
      readonly value: JsonValue;
    }
  /** Asks to be told when what a pipeline has in the journal survives a power cut. */
  | { readonly what: "sync"; readonly id: number; readonly pipeline: string }
  /** A checkpoint of its partitions counts: by node, up to where its stream was worked off. */
  | { readonly what: "checkpoint"; readonly pipeline: string; readonly offsets: Readonly<Record<string, Offsets>> }
  | { readonly what: "retried"; readonly id: number; readonly answer: Answer | undefined }
  | { readonly what: "kept"; readonly id: number };

/** Which partitions are those of one of so many workers. */
export function partitionsOf(
  { index, workers }: Pick<Orders, "index" | "workers">,
  count: number,
): ReadonlySet<number> {
  return new Set(Array.from({ length: count }, (_, p) => p).filter((p) => p % workers === index));
}
