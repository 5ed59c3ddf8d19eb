import { Observable, Subject } from "rxjs";
import type { Log } from "../component/context.js";
import { type AnySink, type BufferPolicy, isLineSink } from "../component/definition.js";
import { DisconnectedError, messageOf, PartialWriteError } from "../component/errors.js";
import type { Element, StreamRecord } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { Cancel, Clock } from "../time/clock.js";
import { backOff } from "./back-off.js";
import type { Backlog, Load } from "./backlog.js";
import type { Arrival, Barrier, Emission } from "./emission.js";
import { LineBacklog } from "./line-backlog.js";
import type { NodeMetrics } from "./metrics.js";
import { type Queue, Settling } from "./queue.js";
import { RecordBacklog } from "./record-backlog.js";

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
  /** Aborts when the run ends and the other side is not to be waited for any longer: what it has not confirmed is lost. */
  readonly giveUp: AbortSignal;
  readonly dead: (element: Element, reason: string) => void;
  readonly relieved: () => void;
  /** A barrier has come here, and all in front of it is written. */
  readonly passing: (barrier: Barrier) => void;
}

/** Buffers records for a sink and writes them in order, one batch at a time, again and again until it is done. */
export class SinkNode implements Queue {
  readonly #backlog: Backlog;
  readonly #options: SinkNodeOptions;
  readonly #settling = new Settling();
  readonly #made = new Subject<Emission>();
  /** Records of the write that is under way. */
  #inHand = 0;
  #writing = false;
  /** Records that came in, and those of them that are done with: written, refused, or let go. */
  #came = 0;
  #done = 0;
  /** Barriers on their way through, and those of a backlog that keeps no place for them. */
  #barriers = 0;
  #behind: { readonly came: number; readonly reached: () => void }[] = [];
  #due = false;
  #ended = false;
  #timer: Cancel | undefined;
  #saidFull = -Infinity;

  constructor(sink: AnySink, options: SinkNodeOptions) {
    this.#backlog = isLineSink(sink) ? new LineBacklog(sink) : new RecordBacklog(sink);
    this.#options = options;
  }

  /** What the sink reports of its writes. Completes after the last. */
  get output(): Observable<Emission> {
    return this.#made;
  }

  get full(): boolean {
    return this.#options.policy.overflow === "block" && this.#backlog.length >= this.#options.policy.limit;
  }

  settled(): Promise<void> {
    return this.#settling.wait(this.#writing || this.#backlog.length > 0);
  }

  /** The one subscription of the sink. Resolves when all that came has been written or given up. */
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
    });
  }

  /** What is in front of a barrier waits for nothing. */
  #takeBarrier(barrier: Barrier): void {
    const reached = (): void => {
      this.#barriers--;
      this.#options.passing(barrier);
      this.#made.next({ main: [], barrier });
    };
    this.#barriers++;
    if (this.#backlog.barrier) this.#backlog.barrier(reached);
    else this.#behind.push({ came: this.#came, reached });
    this.#pass(0);
    this.#go();
  }

  #pass(records: number): void {
    this.#done += records;
    while (this.#behind.length > 0 && this.#behind[0]!.came <= this.#done) this.#behind.shift()!.reached();
  }

  #take(batch: readonly Element[]): void {
    const { metrics, policy } = this.#options;
    for (const element of batch) {
      if (isMark(element)) this.#backlog.mark(element);
      else this.#push(element);
    }
    const over = this.#backlog.length - policy.limit;
    if (policy.overflow === "drop-oldest" && over > 0) this.#drop(over);
    metrics.inFlight = this.#backlog.length + this.#inHand;
    this.#go();
  }

  #push(record: StreamRecord): void {
    const { metrics, dead } = this.#options;
    metrics.in++;
    try {
      if (this.#backlog.push(record)) this.#came++;
      else metrics.out++;
    } catch (cause) {
      metrics.dead++;
      dead(record, messageOf(cause));
    }
  }

  #drop(count: number): void {
    const { metrics, log, policy, clock } = this.#options;
    this.#backlog.drop(count);
    this.#pass(count);
    metrics.dropped += count;
    if (clock.now() - this.#saidFull < SAY_AGAIN) return;
    this.#saidFull = clock.now();
    log.error("buffer full, oldest records let go", { limit: policy.limit, dropped: metrics.dropped });
  }

  #go(): void {
    if (this.#writing) return;
    const { policy, live, clock } = this.#options;
    if (this.#backlog.length === 0) {
      this.#due = false;
      this.#settling.done();
      if (this.#ended) this.#made.complete();
    } else if (
      this.#ended ||
      this.#due ||
      this.#barriers > 0 ||
      !live ||
      policy.wait === 0 ||
      this.#backlog.length >= policy.size
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
    const { policy, metrics, relieved } = this.#options;
    this.#writing = true;
    const load = this.#backlog.next(policy.size);
    this.#inHand = load.count;
    if (await this.#deliver(load)) this.#pass(load.count);
    this.#inHand = 0;
    if (this.#backlog.length < policy.size) this.#due = false;
    metrics.inFlight = this.#backlog.length;
    this.#writing = false;
    relieved();
    this.#go();
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
        if (!metrics.connected) log.info("writing again", { waiting: this.#backlog.length });
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

  /** Lets go of the write that is under way and of all that waits behind it. */
  #abandon(reason: string): void {
    const { metrics, log } = this.#options;
    const records = this.#inHand + this.#backlog.clear();
    metrics.dropped += records;
    log.error("stopped with records unwritten", { records, reason });
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
