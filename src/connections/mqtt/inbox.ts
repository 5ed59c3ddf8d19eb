import { setImmediate } from "node:timers";
import type { Log } from "../../streams/component/context.js";
import type { Clock } from "../../streams/time/clock.js";
import type { Incoming } from "./broker.js";

/** A batch is never larger: what is worked on at once stays in the cache, and others get a turn. */
export const LARGEST_BATCH = 256;
/** Payloads of so many bytes are as much as a full queue, however few messages hold them. */
export const LARGEST_SUM = 64 * 1024 * 1024;
/** Losses and a full queue are said once in so many ms. */
const SAY_AGAIN = 60_000;

export interface InboxOptions {
  readonly session: string;
  /** So many messages may be here, those that are being worked on included; fewer where they are large. */
  readonly limit: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Messages on their way from a broker to its one reader. Over the limit, QoS 0 is dropped, counted and said; whoever
 * delivers QoS 1 is made to wait, and with it the broker.
 */
export class Inbox<M extends Incoming> {
  readonly #options: InboxOptions;
  #waiting: M[] = [];
  /** Of the messages that wait. */
  #bytes = 0;
  /** Handed out and not yet taken in. */
  #out = 0;
  #outBytes = 0;
  #held: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #failure: { readonly cause: unknown } | undefined;
  #closed = false;
  #dropped = 0;
  #saidDropped = -Infinity;
  #saidFull = -Infinity;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  get full(): boolean {
    return this.#waiting.length + this.#out >= this.#options.limit || this.#bytes + this.#outBytes >= LARGEST_SUM;
  }

  /** Messages that were let go since the beginning. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a message in; `admitted` is called as soon as the next one may come. */
  deliver(message: M, admitted: () => void): void {
    if (this.#closed) {
      admitted();
      return;
    }
    if (message.qos === 0 && this.full) {
      this.#drop();
      admitted();
      return;
    }
    this.#waiting.push(message);
    this.#bytes += message.payload.length;
    this.#wakeSoon();
    if (!this.full || message.qos === 0) admitted();
    else {
      this.#held.push(admitted);
      this.#sayFull();
    }
  }

  /** Ends the reading with an error, after what is already here. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.#wakeSoon();
  }

  /** Forgets who waits to deliver: their connection is gone. */
  letGo(): void {
    this.#held = [];
  }

  /** The reader has gone: lets everyone deliver, to nobody. Gives what was never handed out. */
  close(): readonly M[] {
    const unread = this.#waiting;
    this.#closed = true;
    this.#waiting = [];
    this.#bytes = this.#out = this.#outBytes = 0;
    this.#admitHeld();
    return unread;
  }

  /** The next batch; empty once `stop` has aborted. Asking for it says that the last one has been taken in. */
  async next(stop: AbortSignal): Promise<M[]> {
    this.#out = this.#outBytes = 0;
    this.#admitHeld();
    if (this.#waiting.length === 0 && !this.#failure) await this.#arrival(stop);
    if (stop.aborted) return [];
    if (this.#waiting.length === 0 && this.#failure) throw this.#failure.cause;
    const batch = this.#waiting.splice(0, LARGEST_BATCH);
    this.#out = batch.length;
    this.#outBytes = batch.reduce((sum, { payload }) => sum + payload.length, 0);
    this.#bytes -= this.#outBytes;
    return batch;
  }

  async #arrival(stop: AbortSignal): Promise<void> {
    if (stop.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        stop.removeEventListener("abort", wake);
        resolve();
      };
      this.#wake = wake;
      stop.addEventListener("abort", wake);
    });
    this.#wake = undefined;
  }

  /** Once all of a socket read has come in, so that it makes one batch. */
  #wakeSoon(): void {
    if (!this.#wake) return;
    setImmediate(this.#wake);
    this.#wake = undefined;
  }

  #admitHeld(): void {
    // Admitting one may deliver the next at once, so they are called one at a time while there is room.
    while (this.#held.length > 0 && !this.full) this.#held.shift()!();
  }

  #drop(): void {
    const { clock, log, session, limit } = this.#options;
    this.#dropped++;
    if (clock.now() - this.#saidDropped < SAY_AGAIN) return;
    this.#saidDropped = clock.now();
    log.error("QoS 0 messages dropped, reading is slower than they come", { session, limit, dropped: this.#dropped });
  }

  #sayFull(): void {
    const { clock, log, session, limit } = this.#options;
    if (clock.now() - this.#saidFull < SAY_AGAIN) return;
    this.#saidFull = clock.now();
    log.warn("reading is slower than messages come, the broker keeps the rest", { session, limit });
  }
}
