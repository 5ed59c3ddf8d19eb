import { asyncScheduler, type SchedulerLike } from "rxjs";

export type Cancel = () => void;

/**
 * Processing time. It decides when to flush, retry or give up waiting, and never what a window holds: that is event
 * time, and comes from the records. Injected everywhere, so that tests and replays bring their own.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls once, after so many milliseconds. */
  after(ms: number, call: () => void): Cancel;
  /** Calls again and again, every so many milliseconds. */
  every(ms: number, call: () => void): Cancel;
  /** Resolves after so many milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A clock on an RxJS scheduler: asyncScheduler is the real one, TestScheduler and VirtualTimeScheduler stand still. */
export function clockOf(scheduler: SchedulerLike): Clock {
  const after = (ms: number, call: () => void): Cancel => {
    const subscription = scheduler.schedule(call, ms);
    return () => subscription.unsubscribe();
  };
  return {
    now: () => scheduler.now(),
    after,
    every(ms, call) {
      const subscription = scheduler.schedule(function (this) {
        call();
        this.schedule(undefined, ms);
      }, ms);
      return () => subscription.unsubscribe();
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const wake = () => {
          cancel();
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const cancel = after(ms, wake);
        signal?.addEventListener("abort", wake, { once: true });
      }),
  };
}

export const systemClock: Clock = clockOf(asyncScheduler);
