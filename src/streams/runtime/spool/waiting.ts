import type { Log } from "../../component/context.js";
import { type AnySink, type BufferPolicy, isLineSink } from "../../component/definition.js";
import { messageOf } from "../../component/errors.js";
import { JournalWriteError } from "../../journal/errors.js";
import type { StreamRecord, TimeMark } from "../../record/record.js";
import type { Clock } from "../../time/clock.js";
import { type Backlog, type Load, PAGE } from "../backlog.js";
import { LineBacklog } from "../line-backlog.js";
import type { NodeMetrics } from "../metrics.js";
import { RecordBacklog } from "../record-backlog.js";
import type { Spool } from "./spool.js";

/** More than so many records in memory, or than two writes take, go to the disk… */
const IN_MEMORY = 20_000;
/** …down to this part of them, so that they go in large pieces. */
const LEFT = 0.5;
/** So many records are put on disk at once. */
const AT_ONCE = 64 * PAGE;
/** A disk that took nothing is tried again after so many ms. */
const TRY_AGAIN = 5_000;
/** That records go to the disk is said once in so many ms. */
const SAY_AGAIN = 60_000;

export interface WaitingOptions {
  readonly policy: BufferPolicy;
  readonly metrics: NodeMetrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly spool: Spool | undefined;
}

/**
 * What waits for a sink: what was read back from disk, what lies there, and what came last, in memory; given out in this
 * order. As long as the other side keeps up nothing touches the disk.
 */
export class Waiting {
  readonly #options: WaitingOptions;
  readonly #spool: Spool | undefined;
  readonly #front: Backlog;
  readonly #back: Backlog;
  readonly #most: number;
  /** The write under way, and whether its records lie on disk. */
  #hand: { readonly load: Load; onDisk: boolean } | undefined;
  /** Records that came in. */
  #came = 0;
  /** Barriers on their way through, and those that have no place of their own in the backlog. */
  #barriers = 0;
  #behind: { readonly came: number; readonly reached: () => void }[] = [];
  /** Records were given up: what is behind them can never be said to be safe. */
  #lost = false;
  #full = false;
  #tryAgain = -Infinity;
  #saidDisk = -Infinity;

  constructor(sink: AnySink, options: WaitingOptions) {
    const { policy, spool, metrics, log } = options;
    this.#options = options;
    this.#spool = spool;
    this.#front = backlogOf(sink);
    this.#back = backlogOf(sink);
    this.#most = Math.min(Math.max(IN_MEMORY, 2 * policy.size), policy.limit - 1);
    if (!spool) return;
    spool.onLost = (records) => {
      metrics.dropped += records;
      log.error("records on disk are lost", { records });
    };
    this.#tell();
  }

  /** What came last and waits in memory. */
  get length(): number {
    return this.#back.length;
  }

  /** Nothing waits; there may be a write under way. */
  get empty(): boolean {
    return this.#back.length === 0 && !this.#behindhand;
  }

  /** There is no reason to wait for more before the next write. */
  get pressing(): boolean {
    return this.#behindhand || this.#barriers > 0;
  }

  /** The next write is of records that have yet to be read from disk. */
  get away(): boolean {
    return this.#front.length === 0 && this.#unread > 0;
  }

  get #unread(): number {
    return this.#spool?.unread ?? 0;
  }

  get #behindhand(): boolean {
    return this.#front.length > 0 || this.#unread > 0;
  }

  /** Takes a record in; false where it leaves nothing to write. Throws for one that can never be written. */
  push(record: StreamRecord): boolean {
    if (!this.#back.push(record)) return false;
    this.#came++;
    return true;
  }

  mark(mark: TimeMark): void {
    this.#back.mark(mark);
  }

  /** Calls when all that came before is written, let go, or on disk. */
  barrier(reached: () => void): void {
    const act = (): void => {
      this.#barriers--;
      reached();
    };
    this.#barriers++;
    if (this.#back.barrier && !this.#spool) this.#back.barrier(act);
    else this.#behind.push({ came: this.#came, reached: act });
    this.#pass();
  }

  /** Resolves when all that has come is written, let go by policy, or on disk. Never where some of it was given up. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.barrier(resolve));
  }

  /** Brings what waits in memory within its bounds. Returns how many records it let go for that. */
  bound(): number {
    const { policy } = this.#options;
    this.#spillOver();
    const over = this.#back.length - policy.limit;
    if (policy.overflow === "drop-oldest" && over > 0) this.#back.drop(over);
    this.#pass();
    this.#tell();
    return policy.overflow === "drop-oldest" ? Math.max(0, over) : 0;
  }

  /** Reads on from disk. */
  async fetch(): Promise<void> {
    for (const content of await this.#spool!.read()) this.#front.restore(content);
    this.#tell();
  }

  /** The next write of at most so many records. Something must be waiting, and not be away. */
  next(size: number): Load {
    const onDisk = this.#front.length > 0;
    const load = (onDisk ? this.#front : this.#back).next(size);
    this.#hand = { load, onDisk };
    this.#tell();
    return load;
  }

  /** The write is over: each of its records is written or refused. */
  done(): void {
    const hand = this.#hand;
    this.#hand = undefined;
    if (hand?.onDisk) this.#spool!.taken(hand.load.count);
    // There may be room on disk again, and sources that wait for it.
    this.#spillOver();
    this.#pass();
    this.#tell();
  }

  /** Puts all that waits on disk, the write under way included, so that it survives the end of this process. */
  spill(): void {
    this.#spill(0, true);
    this.#pass();
    this.#tell();
  }

  /** The other side is not waited for any longer. Returns how many records are lost by that. */
  giveUp(): number {
    this.#spill(0, true);
    const lost = this.#inHand + this.#back.clear();
    if (lost > 0) this.#lost = true;
    this.#front.clear();
    this.#hand = undefined;
    this.#pass();
    this.#tell();
    return lost;
  }

  /** Records of the write under way that are nowhere else. */
  get #inHand(): number {
    return this.#hand && !this.#hand.onDisk ? this.#hand.load.count : 0;
  }

  #spillOver(): void {
    if (this.#spool && this.#back.length > this.#most) this.#spill(Math.floor(this.#most * LEFT));
  }

  /** @param now even if the disk took nothing a moment ago */
  #spill(left: number, now = false): void {
    const { clock, log } = this.#options;
    const spool = this.#spool;
    if (!spool || (!now && clock.now() < this.#tryAgain)) return;
    try {
      this.#handToDisk(spool);
      while (this.#back.length > left && spool.room) {
        const pages = this.#back.pages(Math.min(AT_ONCE, this.#back.length - left));
        spool.append(pages);
        this.#back.drop(pages.reduce((sum, { count }) => sum + count, 0));
      }
      this.#full = false;
    } catch (cause) {
      if (!(cause instanceof JournalWriteError)) throw cause;
      this.#tryAgain = clock.now() + TRY_AGAIN;
      if (!this.#full) log.error("records cannot wait on disk, they stay in memory", { reason: messageOf(cause) });
      this.#full = true;
    }
  }

  /** What is older than all that waits lies on disk in front of it. */
  #handToDisk(spool: Spool): void {
    const { clock, log } = this.#options;
    if (clock.now() - this.#saidDisk >= SAY_AGAIN && spool.room) {
      this.#saidDisk = clock.now();
      log.info("the other side is slow or away, records wait on disk");
    }
    if (!this.#hand || this.#hand.onDisk || !spool.room) return;
    spool.append(this.#hand.load.pages(), true);
    this.#hand.onDisk = true;
  }

  /** Calls for the barriers that have nothing in front of them that could be lost. */
  #pass(): void {
    if (this.#lost || this.#behind.length === 0) return;
    const safe = this.#came - this.#back.length - this.#inHand;
    while (this.#behind.length > 0 && this.#behind[0]!.came <= safe) this.#behind.shift()!.reached();
  }

  #tell(): void {
    const { metrics } = this.#options;
    metrics.inFlight = this.#front.length + this.#back.length + (this.#hand?.load.count ?? 0);
    metrics.onDisk = this.#unread;
    metrics.diskBytes = this.#spool?.bytes ?? 0;
  }
}

function backlogOf(sink: AnySink): Backlog {
  return isLineSink(sink) ? new LineBacklog(sink) : new RecordBacklog(sink);
}
