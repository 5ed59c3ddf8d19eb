import type { Sink } from "../component/definition.js";
import { type Element, isMark, type StreamRecord, type TimeMark } from "../record/record.js";
import type { Backlog, Load } from "./backlog.js";

/** Places of elements that are gone are given back when there are so many, or as many as there are others. */
const GONE = 10_000;

/** Records and marks as they came. */
export class RecordBacklog implements Backlog {
  readonly #sink: Sink<unknown, unknown>;
  #waiting: Element[] = [];
  #head = 0;

  constructor(sink: Sink<unknown, unknown>) {
    this.#sink = sink;
  }

  get length(): number {
    return this.#waiting.length - this.#head;
  }

  push(record: StreamRecord): boolean {
    this.#waiting.push(record);
    return true;
  }

  mark(mark: TimeMark): void {
    if (this.#sink.advance) this.#waiting.push(mark);
  }

  drop(count: number): void {
    this.#head += count;
    if (this.#head < this.#waiting.length / 2 && this.#head < GONE) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }

  clear(): number {
    const records = this.#waiting.slice(this.#head).filter((element) => !isMark(element)).length;
    this.drop(this.length);
    return records;
  }

  /** As many records as one write takes, up to the next mark. */
  next(size: number): Load {
    const records: StreamRecord[] = [];
    for (let at = this.#head; at < this.#waiting.length && records.length < size; at++) {
      const element = this.#waiting[at]!;
      if (isMark(element)) {
        if (records.length > 0) break;
        this.drop(1);
        return this.#advance(element);
      }
      records.push(element);
    }
    this.drop(records.length);
    return { count: records.length, write: () => this.#sink.write(records), record: (i) => records[i]! };
  }

  #advance(mark: TimeMark): Load {
    return {
      count: 0,
      write: () => Promise.resolve(this.#sink.advance?.(mark) as undefined),
      record: (i) => {
        throw new RangeError(`a mark has no record ${i}`);
      },
    };
  }
}
