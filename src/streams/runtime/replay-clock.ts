import { VirtualTimeScheduler } from "rxjs";
import type { Batch } from "../record/record.js";
import { type Clock, clockOf } from "../time/clock.js";

/** In a replay it is as late as the newest record says. Timers go off when the records have come that far. */
export class ReplayClock implements Clock {
  readonly #scheduler = new VirtualTimeScheduler();
  readonly #clock = clockOf(this.#scheduler);

  now(): number {
    return this.#scheduler.frame;
  }

  /** Takes the time of the records that are about to flow. */
  observe(batch: Batch): void {
    let newest = this.#scheduler.frame;
    for (const { eventTime } of batch) if (eventTime > newest) newest = eventTime;
    if (this.#scheduler.actions.length > 0) {
      this.#scheduler.maxFrames = newest;
      this.#scheduler.flush();
    }
    this.#scheduler.frame = newest;
  }

  after(ms: number, call: () => void): () => void {
    return this.#clock.after(ms, call);
  }

  every(ms: number, call: () => void): () => void {
    return this.#clock.every(ms, call);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }
}
