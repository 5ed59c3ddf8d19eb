import type { Observable } from "rxjs";
import type { ResourceKey, Log } from "../component/context.js";
import type { Batch } from "../record/record.js";
import { type Cancel, type Clock, systemClock } from "../time/clock.js";
import type { Node, Topology } from "../topology/topology.js";
import { DeadLetters, type LetterBox } from "./dead-letters.js";
import type { Checkpointer } from "./checkpoint/checkpointer.js";
import { takeOver } from "./checkpoint/take-over.js";
import { type Persistence, takeUp } from "./checkpoint/take-up.js";
import type { NodeStatus } from "./metrics.js";
import { closeNodes, type OpenNode, openNodes, type Surroundings } from "./open.js";
import { Admission } from "./queue.js";
import { ReplayClock } from "./replay-clock.js";
import type { Answer, Returning } from "./retry.js";
import type { Share } from "./share.js";
import { type Wired, wire } from "./wire.js";

/** Partitions of a stream: also the most instances that can ever share the work. */
export const PARTITIONS = 64;
/** How long a stopped run waits for sinks whose other side is away, ms. */
const GRACE = 1_500;
/** A write that hangs does not hang the stop: after so many ms it returns all the same. */
const LAST_CALL = 2_200;

export interface RunOptions {
  readonly topologies: readonly Topology[];
  readonly resources?: ReadonlyMap<ResourceKey<unknown>, unknown>;
  readonly log: Log;
  readonly clock?: Clock;
  /** False for a replay or a scenario: time comes from the records and everything goes in lockstep. */
  readonly live: boolean;
  /** Whether a sink writes, decides as if it wrote (`rehearse`), or only has its records counted. Default: it writes. */
  readonly reach?: (topology: Topology, node: Node) => "write" | "rehearse" | "collect";
  /** Where dead letters are kept. Absent: the run counts them and says them in the log. */
  readonly letterBox?: LetterBox;
  /** What lets a live run go on where an earlier one ended. */
  readonly keep?: Persistence;
  /** In the place of `keep`, for a run that has part of the work only. */
  readonly share?: Sharing;
  /** The sources do not end here: windows that are open at the end are not given out. */
  readonly pauses?: boolean;
}

/** The part of the work that a run has, and how it keeps its own. */
export interface Sharing {
  readonly share: Share;
  /** Where records wait for sinks whose other side is away: a folder a pipeline. */
  readonly spools?: string;
  /** ms between checkpoints. */
  readonly interval: number;
}

interface Part {
  readonly topology: Topology;
  readonly nodes: readonly OpenNode[];
  readonly wired: Wired;
  /** Absent where the pipeline cannot be gone on with. */
  readonly checkpointer: Checkpointer | undefined;
}

/** Compiled pipelines at work: `open`, then `start`, then `stop` or wait for `start` to resolve. */
export class Run {
  readonly deadLetters: DeadLetters;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #parts: Part[] = [];
  #done: Promise<void> | undefined;
  #cancelGrace: Cancel | undefined;
  #failure: { readonly cause: unknown } | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.deadLetters = new DeadLetters(options.log, this.#clock, options.letterBox);
  }

  /** Opens every node and connects all but the sources. Throws ConfigError where settings are wrong; nothing stays open then. */
  async open(): Promise<void> {
    const { topologies, log, live, resources = new Map(), reach = () => "write" as const } = this.#options;
    const { keep, share } = this.#options;
    const replayClock = live ? undefined : new ReplayClock();
    const surroundings: Surroundings = {
      clock: this.#clock,
      time: replayClock ?? this.#clock,
      log,
      live,
      partitions: PARTITIONS,
      resources,
      deadLetters: this.deadLetters,
      reach,
      ...(keep && { journal: keep.journal, ...(keep.elsewhere && { elsewhere: keep.elsewhere }) }),
      ...(share && { share: share.share }),
      ...spoolsOf(share ?? keep),
    };
    const admission = new Admission(!live);
    const opened: (readonly OpenNode[])[] = [];
    try {
      for (const topology of topologies) {
        const nodes = await openNodes(topology, surroundings);
        opened.push(nodes);
        const given = { clock: this.#clock, log };
        const checkpoints = share
          ? await takeOver(topology, nodes, { ...share, ...given })
          : keep && (await takeUp(topology, nodes, { keep, ...given }));
        const wired = wire(topology, nodes, {
          ...surroundings,
          admission: live ? new Admission(false) : admission,
          stop: this.#stop.signal,
          giveUp: this.#giveUp.signal,
          fail: (cause) => this.#fail(cause),
          pauses: this.#options.pauses ?? checkpoints !== undefined,
          ...(checkpoints && { checkpoints }),
          ...(replayClock && { replayClock }),
        });
        this.#parts.push({ topology, nodes, wired, checkpointer: checkpoints?.checkpointer });
      }
    } catch (cause) {
      for (const nodes of opened) await closeNodes(nodes);
      throw cause;
    }
    for (const { wired } of this.#parts) wired.connect();
  }

  /**
   * What a node gives out, in the main or on a side (of a sink that reports nothing: what it is given). Subscribe between
   * `open` and `start`.
   */
  outputOf(pipeline: string, node: string, side?: string): Observable<Batch> | undefined {
    return this.#parts.find(({ topology }) => topology.name === pipeline)?.wired.outputOf(node, side);
  }

  /** Lets records flow. Resolves when all sources have ended and all sinks are done; rejects with what ended the run. */
  start(): Promise<void> {
    this.#done ??= this.#flow();
    return this.#done;
  }

  /** Ends the sources, lets windows and sinks finish, closes everything. Never throws: `start` tells what went wrong. */
  async stop(): Promise<void> {
    this.#end();
    const over = new AbortController();
    const finished = (this.#done ?? this.#close()).catch(() => undefined).finally(() => over.abort());
    await Promise.race([finished, this.#clock.sleep(LAST_CALL, over.signal)]);
    this.#cancelGrace?.();
  }

  /**
   * Brings something that was put aside back to its node, as if it came now. Undefined where this run has no such pipeline;
   * the answer is `later` while a source goes through the journal, or its disk is full. To be called in a turn of its own,
   * not in the middle of the stream.
   */
  retry(pipeline: string, node: string, returning: Returning): Answer | undefined {
    const part = this.#parts.find(({ topology }) => topology.name === pipeline);
    if (!part) return undefined;
    const share = this.#options.share?.share;
    const partition = "record" in returning ? returning.record.position.partition : undefined;
    // Someone else works on this key.
    if (share && partition !== undefined && !share.owns(partition)) return "later";
    // What the journal holds may make the same letter again: that is not the retry.
    if (part.checkpointer?.caughtUp === false) return "later";
    const answer = part.wired.retry(node, returning);
    if (answer === "taken" && partition !== undefined) share?.touched?.(partition);
    return answer ?? { refused: `"${pipeline}" has no node "${node}" any more` };
  }

  /**
   * Resolves when what this pipeline was given so far would survive a kill: with the next checkpoint, or at once where it
   * takes none. Never, where the run ends without.
   */
  async kept(pipeline: string): Promise<void> {
    await this.#parts.find(({ topology }) => topology.name === pipeline)?.checkpointer?.next();
  }

  status(): NodeStatus[] {
    return this.#parts.flatMap(({ topology, nodes }) => nodes.map((open) => statusOf(topology.name, open)));
  }

  async #flow(): Promise<void> {
    try {
      await Promise.all(this.#parts.map(({ wired }) => wired.flow()));
    } finally {
      this.#cancelGrace?.();
      await this.#close();
    }
    if (this.#failure) throw this.#failure.cause;
  }

  /** A source that cannot go on ends the whole run, in order: what was read is still worked on. */
  #fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.#end();
  }

  #end(): void {
    this.#stop.abort();
    this.#cancelGrace ??= this.#clock.after(GRACE, () => this.#giveUp.abort());
  }

  async #close(): Promise<void> {
    for (const { nodes } of this.#parts) await closeNodes(nodes);
  }
}

function spoolsOf(from: { readonly spools?: string } | undefined): { readonly spools?: string } {
  return from?.spools === undefined ? {} : { spools: from.spools };
}

function statusOf(pipeline: string, open: OpenNode): NodeStatus {
  const { node, metrics, role } = open;
  const operator = open.role === "operator" ? open.operator : undefined;
  const watermark = operator && !("processBatch" in operator) ? operator.watermark?.() : undefined;
  const keys = operator?.keys?.();
  const listens = open.role === "source" && !open.shared ? open.source.listens?.() : undefined;
  const { in: taken, out, dead, dropped, inFlight, onDisk, diskBytes, retries, busy, sides, connected } = metrics;
  return {
    pipeline,
    node: node.name,
    role,
    type: node.definition.type,
    in: taken,
    out,
    dead,
    dropped,
    inFlight,
    onDisk,
    diskBytes,
    retries,
    busySeconds: busy / 1000,
    sides: { ...sides },
    connected: connected && listens !== false,
    ...(watermark && { watermark }),
    ...(keys !== undefined && { keys }),
  };
}
