import { Observable, type MonoTypeOperatorFunction } from "rxjs";
import type { Batch, Element, TimeMark } from "../record/record.js";
import { isMark, markAt } from "../record/record.js";
import type { Clock } from "../time/clock.js";

interface Seen {
  /** Processing time of the newest arrival. */
  at: number;
  newest: Element;
}

/**
 * Puts a mark into the stream where a key has been silent for so many ms of processing time, so that its windows close.
 * The mark travels with the records: a recording of the stream holds what the clock decided, and a replay decides the same.
 */
export function markIdle(idle: number, clock: Clock): MonoTypeOperatorFunction<Batch> {
  return (batches) =>
    new Observable((subscriber) => {
      const keys = new Map<string, Seen>();
      const see = (element: Element, at: number): void => {
        if (isMark(element) && element.cause === "gone") {
          keys.delete(element.key);
          return;
        }
        const seen = keys.get(element.key);
        if (seen === undefined) keys.set(element.key, { at, newest: element });
        else {
          seen.at = at;
          if (element.eventTime >= seen.newest.eventTime) seen.newest = element;
        }
      };
      const look = (): void => {
        const before = clock.now() - idle;
        const marks: TimeMark[] = [];
        for (const [key, seen] of keys) {
          if (seen.at > before) continue;
          marks.push(markAt(seen.newest, "idle"));
          keys.delete(key);
        }
        if (marks.length > 0) subscriber.next(marks);
      };
      const cancel = clock.every(Math.max(50, idle / 4), look);
      const subscription = batches.subscribe({
        next(batch) {
          const at = clock.now();
          for (const element of batch) see(element, at);
          subscriber.next(batch);
        },
        error: (cause: unknown) => subscriber.error(cause),
        complete() {
          cancel();
          subscriber.complete();
        },
      });
      return () => {
        cancel();
        subscription.unsubscribe();
      };
    });
}
