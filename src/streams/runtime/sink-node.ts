import { Observable, Subject } from "rxjs";
import type { Log } from "../component/context.js";
import type { BufferPolicy, Sink } from "../component/definition.js";
import { DisconnectedError, messageOf, PartialWriteError } from "../component/errors.js";
import type { Element, StreamRecord } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { Cancel, Clock } from "../time/clock.js";
import { backOff } from "./back-off.js";
import type { Arrival, Emission } from "./emission.js";
import type { NodeMetrics } from "./metrics.js";
import { type Queue, Settling } from "./queue.js";

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
}

/** Buffers records for a sink and writes them in order, one batch at a time, again and again until it is done. */
export class SinkNode implements Queue {
  readonly #sink: Sink<unknown, unknown>;
  readonly #options: SinkNodeOptions;
  readonly #settling = new Settling();
  readonly #made = new Subject<Emission>();
  #waiting: Element[] = [];
  #head = 0;
  /** Records of the write that is under way. */
  #inHand = 0;
  #writing = false;
  #due = false;
  #ended = false;
  #timer: Cancel | undefined;
  #saidFull = -Infinity;

  constructor(sink: Sink<unknown, unknown>, options: SinkNodeOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /** What the sink reports of its writes. Completes after the last. */
  get output(): Observable<Emission> {
    return this.#made;
  }

  get full(): boolean {
    return this.#options.policy.overflow === "block" && this.#length >= this.#options.policy.limit;
  }

  settled(): Promise<void> {
    return this.#settling.wait(this.#writing || this.#length > 0);
  }

  /** The one subscription of the sink. Resolves when all that came has been written or given up. */
  run(arrivals: Observable<Arrival>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#made.subscribe({ complete: resolve });
      arrivals.subscribe({
        next: ({ batch }) => this.#take(batch),
        error: reject,
        complete: () => {
          this.#ended = true;
          this.#go();
        },
      });
    });
  }

  get #length(): number {
    return this.#waiting.length - this.#head;
  }

  #take(batch: readonly Element[]): void {
    const { metrics, policy } = this.#options;
    for (const element of batch) {
      if (isMark(element)) {
        if (this.#sink.advance) this.#waiting.push(element);
        continue;
      }
      metrics.in++;
      this.#waiting.push(element);
    }
    if (policy.overflow === "drop-oldest" && this.#length > policy.limit) this.#drop(this.#length - policy.limit);
    metrics.inFlight = this.#length + this.#inHand;
    this.#go();
  }

  #drop(count: number): void {
    const { metrics, log, policy, clock } = this.#options;
    this.#head += count;
    // A write may be under way for hours, and what was let go would stay until it ends.
    this.#compact();
    metrics.dropped += count;
    if (clock.now() - this.#saidFull < SAY_AGAIN) return;
    this.#saidFull = clock.now();
    log.error("buffer full, oldest records let go", { limit: policy.limit, dropped: metrics.dropped });
  }

  #go(): void {
    if (this.#writing) return;
    const { policy, live, clock } = this.#options;
    if (this.#length === 0) {
      this.#due = false;
      this.#settling.done();
      if (this.#ended) this.#made.complete();
    } else if (this.#ended || this.#due || !live || policy.wait === 0 || this.#length >= policy.size) {
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
    this.#writing = true;
    const next = this.#waiting[this.#head]!;
    if (isMark(next)) {
      this.#head++;
      this.#sink.advance?.(next);
    } else {
      const records = this.#nextRecords();
      this.#inHand = records.length;
      await this.#deliver(records);
      this.#inHand = 0;
    }
    this.#compact();
    if (this.#length < this.#options.policy.size) this.#due = false;
    this.#options.metrics.inFlight = this.#length;
    this.#writing = false;
    this.#options.relieved();
    this.#go();
  }

  /** As many records as one write takes, up to the next mark. */
  #nextRecords(): StreamRecord[] {
    const records: StreamRecord[] = [];
    while (this.#head < this.#waiting.length && records.length < this.#options.policy.size) {
      const element = this.#waiting[this.#head]!;
      if (isMark(element)) break;
      records.push(element);
      this.#head++;
    }
    return records;
  }

  #compact(): void {
    if (this.#head < this.#waiting.length / 2 && this.#head < 10_000) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }

  async #deliver(records: StreamRecord[]): Promise<void> {
    const { metrics, log, urgent, clock, giveUp } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const began = performance.now();
      try {
        const made = await unlessAborted(giveUp, () => this.#sink.write(records));
        metrics.busy += performance.now() - began;
        metrics.out += records.length;
        if (!metrics.connected) log.info("writing again", { waiting: this.#length });
        metrics.connected = true;
        if (made && made.length > 0) this.#made.next({ main: made });
        return;
      } catch (cause) {
        metrics.busy += performance.now() - began;
        if (!(cause instanceof DisconnectedError)) {
          this.#bury(records, cause);
          return;
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
          return;
        }
      }
    }
  }

  /** Lets go of the write that is under way and of all that waits behind it. */
  #abandon(reason: string): void {
    const { metrics, log } = this.#options;
    const records = this.#inHand + this.#waiting.slice(this.#head).filter((element) => !isMark(element)).length;
    this.#head = this.#waiting.length;
    metrics.dropped += records;
    log.error("stopped with records unwritten", { records, reason });
  }

  #bury(records: readonly StreamRecord[], cause: unknown): void {
    const { metrics, dead } = this.#options;
    const refused = cause instanceof PartialWriteError ? cause.refused : undefined;
    records.forEach((record, i) => {
      const reason = refused ? refused.get(i) : messageOf(cause);
      if (reason === undefined) metrics.out++;
      else {
        metrics.dead++;
        dead(record, reason);
      }
    });
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
