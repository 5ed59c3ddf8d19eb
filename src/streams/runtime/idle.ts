import { Observable, type MonoTypeOperatorFunction } from "rxjs";
import type { Line } from "../component/definition.js";
import type { Positions } from "../record/partition.js";
import type { Batch, TimeMark } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { Clock } from "../time/clock.js";
import { KeyedState } from "../time/keyed-state.js";
import type { Emission } from "./emission.js";

interface Seen {
  /** Processing time of the newest arrival. */
  at: number;
  /** The newest event time. Not the element: its value would stay in memory, one a key. */
  eventTime: number;
}

/**
 * Knows which keys were silent for so many ms of processing time, so that their windows can be closed. The marks travel with
 * the records: a recording of the stream holds what the clock decided, and a replay decides the same.
 */
export class IdleWatch {
  /** What a restart needs to know: the clock begins anew for each key. */
  readonly keys: KeyedState<Seen>;
  readonly #idle: number;
  readonly #clock: Clock;
  readonly #positions: Positions;
  readonly #line: Line | undefined;
  /** The newest sign of life over the line at the last look. */
  #heard: number;
  /** Since when they have come without a long pause, ms of processing time. */
  #steady = -Infinity;

  /**
   * @param idle ms
   * @param line what is silent while it is broken may have spoken on the other side, and comes when it is mended
   */
  constructor(idle: number, clock: Clock, positions: Positions, line?: Line) {
    this.#idle = idle;
    this.#clock = clock;
    this.#positions = positions;
    this.#line = line;
    this.#heard = line ? -Infinity : Infinity;
    this.keys = new KeyedState<Seen>(() => ({ at: 0, eventTime: -Infinity }), {
      codec: {
        save: ({ eventTime }) => eventTime,
        load: (eventTime) => ({ at: clock.now(), eventTime: eventTime as number }),
      },
    });
  }

  /** How long a key is silent until it is marked, ms. */
  get after(): number {
    return this.#idle;
  }

  /** How often to ask `due`, ms. */
  get every(): number {
    return Math.max(50, this.#idle / 4);
  }

  see(batch: Batch): void {
    const at = this.#clock.now();
    for (const element of batch) {
      if (isMark(element) && element.cause !== "passed") {
        this.keys.delete(element.key);
        continue;
      }
      const seen = this.keys.of(element.key);
      seen.at = at;
      if (element.eventTime > seen.eventTime) seen.eventTime = element.eventTime;
    }
  }

  /** A mark for each key that has just become silent. */
  due(): TimeMark[] {
    const now = this.#clock.now();
    if (this.#line) this.#listen(this.#line, now);
    // Of the time since the last sign of life nobody knows yet.
    const before = Math.min(now, this.#heard) - this.#idle;
    if (this.#steady > before) return [];
    const marks: TimeMark[] = [];
    for (const [key, { at, eventTime }] of this.keys) {
      if (at > before) continue;
      marks.push({ key, eventTime, value: undefined, position: this.#positions.next(key), cause: "idle" });
    }
    for (const { key } of marks) this.keys.delete(key);
    return marks;
  }

  #listen(line: Line, now: number): void {
    const { heard } = line;
    const long = this.#idle / 2;
    if (heard - this.#heard > long || now - heard > long) this.#steady = now;
    this.#heard = heard;
    line.ask();
  }
}

/** Puts a mark into the stream where a key has been silent. */
export function markIdle(watch: IdleWatch, clock: Clock): MonoTypeOperatorFunction<Emission> {
  return (emissions) =>
    new Observable((subscriber) => {
      const cancel = clock.every(watch.every, () => {
        const marks = watch.due();
        if (marks.length > 0) subscriber.next({ main: marks });
      });
      const subscription = emissions.subscribe({
        next(emission) {
          watch.see(emission.main);
          subscriber.next(emission);
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
