import { Observable, type Subscriber } from "rxjs";
import { messageOf, PoisonRecordError } from "../component/errors.js";
import type { BatchOperator } from "../component/definition.js";
import type { Element, StreamRecord } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { Cancel, Clock } from "../time/clock.js";
import type { Arrival, Barrier, Emission } from "./emission.js";
import type { NodeMetrics } from "./metrics.js";
import { type Queue, Settling } from "./queue.js";

/** So many batches may wait before the sources do. */
const BATCHES_WAITING = 32;

export interface BatchNodeOptions {
  readonly metrics: NodeMetrics;
  readonly clock: Clock;
  /** False in a replay: a batch goes as soon as there is anything in it. */
  readonly live: boolean;
  readonly dead: (element: Element, reason: string) => void;
  /** There is room again. */
  readonly relieved: () => void;
  /** Is told of a barrier before anything behind it is worked on. */
  readonly passing: (barrier: Barrier) => void;
}

/**
 * Collects records of all keys into batches for an operator that is slow a record and fast a batch. One batch is worked
 * on at a time, so the order stays; marks keep their places between the records.
 */
export class BatchNode implements Queue {
  readonly #operator: BatchOperator<unknown, unknown>;
  readonly #options: BatchNodeOptions;
  readonly #settling = new Settling();
  #waiting: Element[] = [];
  /** Barriers among what waits, each with how many elements are in front of it. */
  #barriers: { readonly barrier: Barrier; before: number }[] = [];
  #records = 0;
  #working = false;
  #ended = false;
  #timer: Cancel | undefined;
  #subscriber: Subscriber<Emission> | undefined;

  constructor(operator: BatchOperator<unknown, unknown>, options: BatchNodeOptions) {
    this.#operator = operator;
    this.#options = options;
  }

  get full(): boolean {
    return this.#records >= this.#operator.batch.size * BATCHES_WAITING;
  }

  settled(): Promise<void> {
    return this.#settling.wait(this.#working || this.#waiting.length > 0 || this.#barriers.length > 0);
  }

  run(arrivals: Observable<Arrival>): Observable<Emission> {
    return new Observable((subscriber) => {
      this.#subscriber = subscriber;
      const subscription = arrivals.subscribe({
        next: ({ batch, barrier }) => {
          if (barrier) this.#barriers.push({ barrier, before: this.#waiting.length });
          else this.#take(batch);
          this.#go();
        },
        error: (cause: unknown) => subscriber.error(cause),
        complete: () => {
          this.#ended = true;
          this.#go();
        },
      });
      return () => {
        this.#timer?.();
        subscription.unsubscribe();
      };
    });
  }

  #take(batch: readonly Element[]): void {
    for (const element of batch) {
      this.#waiting.push(element);
      if (isMark(element)) continue;
      this.#records++;
      this.#options.metrics.in++;
    }
    this.#options.metrics.inFlight = this.#records;
  }

  #go(): void {
    if (this.#working) return;
    this.#passBarriers();
    const { size, wait } = this.#operator.batch;
    if (this.#waiting.length === 0) {
      if (this.#ended) this.#subscriber?.complete();
      this.#settling.done();
    } else if (
      this.#ended ||
      !this.#options.live ||
      wait === 0 ||
      this.#records === 0 ||
      this.#records >= size ||
      this.#barriers.length > 0
    ) {
      this.#timer?.();
      this.#timer = undefined;
      void this.#work();
    } else {
      this.#timer ??= this.#options.clock.after(wait, () => {
        this.#timer = undefined;
        if (!this.#working) void this.#work();
      });
    }
  }

  /** A barrier waits for what is in front of it, and that for nothing. */
  #passBarriers(): void {
    while (this.#barriers[0]?.before === 0) {
      const { barrier } = this.#barriers.shift()!;
      this.#options.passing(barrier);
      this.#subscriber?.next({ main: [], barrier });
    }
  }

  async #work(): Promise<void> {
    this.#working = true;
    const elements = this.#next();
    const records = elements.filter((element): element is StreamRecord => !isMark(element));
    const made = records.length > 0 ? await this.#process(records) : [];
    const main: Element[] = [];
    let at = 0;
    for (const element of elements) {
      if (isMark(element)) main.push(element);
      else {
        const outcome = made[at++];
        if (outcome instanceof PoisonRecordError) this.#fail(element, outcome.message);
        else if (outcome) {
          main.push(outcome);
          this.#options.metrics.out++;
        }
      }
    }
    this.#records -= records.length;
    this.#options.metrics.inFlight = this.#records;
    if (main.length > 0) this.#subscriber?.next({ main });
    this.#working = false;
    this.#options.relieved();
    this.#go();
  }

  /** The next so many records, with the marks between and right behind them, up to a barrier. */
  #next(): Element[] {
    const { size } = this.#operator.batch;
    const last = this.#barriers[0]?.before ?? this.#waiting.length;
    let records = 0;
    let end = 0;
    for (; end < last; end++) {
      if (!isMark(this.#waiting[end]!) && ++records > size) break;
    }
    for (const barrier of this.#barriers) barrier.before -= end;
    const elements = this.#waiting.slice(0, end);
    this.#waiting = this.#waiting.slice(end);
    return elements;
  }

  async #process(records: StreamRecord[]): Promise<readonly (StreamRecord | PoisonRecordError | null)[]> {
    const began = performance.now();
    try {
      return await this.#operator.processBatch(records);
    } catch (cause) {
      return records.map(() => new PoisonRecordError(messageOf(cause)));
    } finally {
      this.#options.metrics.busy += performance.now() - began;
    }
  }

  #fail(element: Element, reason: string): void {
    this.#options.metrics.dead++;
    this.#options.dead(element, reason);
  }
}
