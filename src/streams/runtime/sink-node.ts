import { Observable, Subject } from "rxjs";
import type { Log } from "../component/context.js";
import type { AnySink, BufferPolicy } from "../component/definition.js";
import { DisconnectedError, messageOf, PartialWriteError } from "../component/errors.js";
import type { Element, StreamRecord } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { Cancel, Clock } from "../time/clock.js";
import { backOff } from "./back-off.js";
import type { Load } from "./backlog.js";
import type { Arrival, Barrier, Emission } from "./emission.js";
import type { NodeMetrics } from "./metrics.js";
import { type Queue, Settling } from "./queue.js";
import type { Spool } from "./spool/spool.js";
import { Waiting } from "./spool/waiting.js";

const LONGEST_PAUSE = 15_000;
const LONGEST_PAUSE_URGENT = 2_000;
/** Who wants to be left alone for longer is asked again all the same. */
const LONGEST_RETRY_AFTER = 60_000;
/** A full buffer is said once in so many ms. */
const SAY_AGAIN = 30_000;

export interface SinkNodeOptions {
  readonly metrics: NodeMetrics;
  readonly policy: BufferPolicy;
  /** Processing time: pauses between attempts are real, in a replay too. */
  readonly clock: Clock;
  readonly log: Log;
  readonly live: boolean;
  readonly urgent: boolean;
  /** Where records wait that do not fit into memory, or must survive this process. Absent: nowhere. */
  readonly spool?: Spool | undefined;
  /** Aborts when the run ends and the other side is not to be waited for any longer: what it has not confirmed is put on disk, or lost. */
  readonly giveUp: AbortSignal;
  readonly dead: (element: Element, reason: string) => void;
  readonly relieved: () => void;
  /** A barrier has come here, and all in front of it is written. */
  readonly passing: (barrier: Barrier) => void;
}

/** Buffers records for a sink and writes them in order, one batch at a time, again and again until it is done. */
export class SinkNode implements Queue {
  readonly #sink: AnySink;
  readonly #waiting: Waiting;
  readonly #options: SinkNodeOptions;
  readonly #settling = new Settling();
  readonly #made = new Subject<Emission>();
  #writing = false;
  #due = false;
  #ended = false;
  #timer: Cancel | undefined;
  #saidFull = -Infinity;
  /** Records that were said to be kept. */
  #kept = 0;

  constructor(sink: AnySink, options: SinkNodeOptions) {
    this.#sink = sink;
    this.#waiting = new Waiting(sink, { ...options, spool: options.spool });
    this.#options = options;
  }

  /** What the sink reports of its writes. Completes after the last. */
  get output(): Observable<Emission> {
    return this.#made;
  }

  get full(): boolean {
    return this.#options.policy.overflow === "block" && this.#waiting.length >= this.#options.policy.limit;
  }

  settled(): Promise<void> {
    return this.#settling.wait(this.#writing || !this.#waiting.empty);
  }

  /** Puts all that waits on disk, where it has one: then nobody need wait for the other side. */
  spill(): void {
    this.#waiting.spill();
    this.#options.relieved();
  }

  /** Resolves when what is written or on disk here survives a power cut. */
  async sync(): Promise<void> {
    await Promise.all([this.#options.spool?.sync(), this.#sink.sync?.()]);
  }

  /** Resolves when all that has come is written, let go by policy, or on disk. Never where some of it was given up. */
  flushed(): Promise<void> {
    const flushed = this.#waiting.flushed();
    this.#go();
    return flushed;
  }

  /**
   * The one subscription of the sink. What an earlier run left on disk comes first. Resolves when all has been written, or
   * is not waited for any longer.
   */
  run(arrivals: Observable<Arrival>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#made.subscribe({ complete: resolve });
      arrivals.subscribe({
        next: ({ batch, barrier }) => {
          if (barrier) this.#takeBarrier(barrier);
          else this.#take(batch);
        },
        error: reject,
        complete: () => {
          this.#ended = true;
          this.#go();
        },
      });
      this.#go();
    });
  }

  /** What is in front of a barrier waits for nothing. */
  #takeBarrier(barrier: Barrier): void {
    this.#waiting.barrier(() => {
      this.#options.passing(barrier);
      this.#made.next({ main: [], barrier });
    });
    this.#go();
  }

  #take(batch: readonly Element[]): void {
    for (const element of batch) {
      if (isMark(element)) this.#waiting.mark(element);
      else this.#push(element);
    }
    const dropped = this.#waiting.bound();
    if (dropped > 0) this.#sayDropped(dropped);
    this.#go();
  }

  #push(record: StreamRecord): void {
    const { metrics, dead } = this.#options;
    metrics.in++;
    try {
      if (!this.#waiting.push(record)) metrics.out++;
    } catch (cause) {
      metrics.dead++;
      dead(record, messageOf(cause));
    }
  }

  #sayDropped(count: number): void {
    const { metrics, log, policy, clock } = this.#options;
    metrics.dropped += count;
    if (clock.now() - this.#saidFull < SAY_AGAIN) return;
    this.#saidFull = clock.now();
    log.error("buffer full, oldest records let go", { limit: policy.limit, dropped: metrics.dropped });
  }

  #go(): void {
    if (this.#writing) return;
    const { policy, live, clock, giveUp } = this.#options;
    const waiting = this.#waiting;
    if (giveUp.aborted && !waiting.empty) this.#abandon("the run had to end");
    if (waiting.empty || giveUp.aborted) {
      this.#due = false;
      this.#settling.done();
      if (this.#ended) this.#made.complete();
    } else if (
      this.#ended ||
      this.#due ||
      waiting.pressing ||
      !live ||
      policy.wait === 0 ||
      waiting.length >= policy.size
    ) {
      this.#timer?.();
      this.#timer = undefined;
      void this.#write();
    } else {
      this.#timer ??= clock.after(policy.wait, () => {
        this.#timer = undefined;
        this.#due = true;
        this.#go();
      });
    }
  }

  async #write(): Promise<void> {
    const { policy, relieved } = this.#options;
    const waiting = this.#waiting;
    this.#writing = true;
    if (waiting.away) await this.#fetch();
    if (!waiting.away && !waiting.empty && (await this.#deliver(waiting.next(policy.size)))) waiting.done();
    if (waiting.length < policy.size) this.#due = false;
    this.#writing = false;
    relieved();
    this.#go();
  }

  /** A disk that cannot be read is asked again, with pauses. */
  async #fetch(): Promise<void> {
    const { log, clock, giveUp } = this.#options;
    for (let attempt = 0; !giveUp.aborted; attempt++) {
      try {
        await this.#waiting.fetch();
        return;
      } catch (cause) {
        if (attempt === 0) log.error("records on disk cannot be read, trying again", { reason: messageOf(cause) });
        await clock.sleep(backOff(attempt, LONGEST_PAUSE), giveUp);
      }
    }
  }

  /** False where the run ended before it was done. */
  async #deliver(load: Load): Promise<boolean> {
    const { metrics, log, urgent, clock, giveUp } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const began = performance.now();
      try {
        const made = await unlessAborted(giveUp, () => load.write());
        metrics.busy += performance.now() - began;
        metrics.out += load.count;
        if (!metrics.connected) log.info("writing again", { waiting: metrics.inFlight + metrics.onDisk });
        metrics.connected = true;
        if (made && made.length > 0) this.#made.next({ main: made });
        return true;
      } catch (cause) {
        metrics.busy += performance.now() - began;
        if (!(cause instanceof DisconnectedError)) {
          this.#bury(load, cause);
          return true;
        }
        if (!giveUp.aborted) {
          if (metrics.connected) log.warn("cannot write, trying again", { reason: cause.message });
          metrics.connected = false;
          metrics.retries++;
          const pause = backOff(attempt, urgent ? LONGEST_PAUSE_URGENT : LONGEST_PAUSE);
          await clock.sleep(Math.max(pause, Math.min(cause.retryAfter, LONGEST_RETRY_AFTER)), giveUp);
        }
        if (giveUp.aborted) {
          this.#abandon(cause.message);
          return false;
        }
      }
    }
  }

  /** What waits is on disk afterwards, with the write that is under way, or let go. */
  #abandon(reason: string): void {
    const { metrics, log, spool } = this.#options;
    const records = this.#waiting.giveUp();
    metrics.dropped += records;
    if (records > 0) log.error("stopped with records unwritten", { records, reason });
    else if (spool && this.#kept !== spool.kept) {
      this.#kept = spool.kept;
      log.warn("stopped with records unwritten, they are kept on disk for the next run", {
        records: spool.kept,
        reason,
      });
    }
  }

  #bury(load: Load, cause: unknown): void {
    const { metrics, dead } = this.#options;
    const refused = cause instanceof PartialWriteError ? cause.refused : undefined;
    for (let i = 0; i < load.count; i++) {
      const reason = refused ? refused.get(i) : messageOf(cause);
      if (reason === undefined) metrics.out++;
      else {
        metrics.dead++;
        dead(load.record(i), reason);
      }
    }
  }
}

/** Does it, and waits for it until the signal aborts: DisconnectedError then. */
async function unlessAborted<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  const over = () => new DisconnectedError("no answer before the run had to end");
  if (signal.aborted) throw over();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => (abort = () => reject(over())));
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([act(), aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
