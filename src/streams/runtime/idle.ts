import { Observable, type MonoTypeOperatorFunction } from "rxjs";
import type { Batch, Element, Position, TimeMark } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { Clock } from "../time/clock.js";

interface Seen {
  /** Processing time of the newest arrival. */
  at: number;
  /** The place of the newest in event time. Not the element: its value would stay in memory, one a key. */
  eventTime: number;
  position: Position;
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
        const { key, eventTime, position } = element;
        if (seen === undefined) keys.set(key, { at, eventTime, position });
        else {
          seen.at = at;
          if (eventTime < seen.eventTime) return;
          seen.eventTime = eventTime;
          seen.position = position;
        }
      };
      const look = (): void => {
        const before = clock.now() - idle;
        const marks: TimeMark[] = [];
        for (const [key, { at, eventTime, position }] of keys) {
          if (at > before) continue;
          marks.push({ key, eventTime, value: undefined, position, cause: "idle" });
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
