import type { Watermark } from "../time/watermark.js";

/** What a node counts while it runs. Plain numbers that are added to in place; whoever shows them reads them now and then. */
export class NodeMetrics {
  /** Records that came in. */
  in = 0;
  /** Records that went on. */
  out = 0;
  /** Records that became dead letters here. */
  dead = 0;
  /** Records let go by a stated policy: a full buffer, a run that ended while the other side was away. */
  dropped = 0;
  /** Records that wait in memory or are being worked on. */
  inFlight = 0;
  /** Records that wait on disk, and what that takes there, bytes; some of it is removed a while after it was written. */
  onDisk = 0;
  diskBytes = 0;
  /** Calls to the other side that failed and will be made again. */
  retries = 0;
  /** Time spent in the node's own code or waiting for its write, ms. */
  busy = 0;
  /** Records given to each side stream: `late`, `limited`. */
  readonly sides: Record<string, number> = {};
  /** False while the other side is away. */
  connected = true;
}

/** A node as seen from outside while it runs. */
export interface NodeStatus {
  readonly pipeline: string;
  readonly node: string;
  readonly role: "source" | "operator" | "sink";
  readonly type: string;
  readonly in: number;
  readonly out: number;
  readonly dead: number;
  readonly dropped: number;
  readonly inFlight: number;
  readonly onDisk: number;
  readonly diskBytes: number;
  readonly retries: number;
  readonly busySeconds: number;
  readonly sides: Readonly<Record<string, number>>;
  /** False while the other side is away: of a sink, or of a source that would not hear what is sent now. */
  readonly connected: boolean;
  /** How far event time has come here, and which key holds it back. */
  readonly watermark?: Watermark;
  /** Keys that state is kept for. */
  readonly keys?: number;
}
