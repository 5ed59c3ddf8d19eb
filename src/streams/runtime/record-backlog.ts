import type { Sink } from "../component/definition.js";
import { fromJson, type JsonValue, toJson } from "../record/json.js";
import { type Element, isMark, type StreamRecord, type TimeMark } from "../record/record.js";
import { type Backlog, type Load, PAGE, type Page } from "./backlog.js";

/** Places of elements that are gone are given back when there are so many, or as many as there are others. */
const GONE = 10_000;

/** Records and marks as they came. */
export class RecordBacklog implements Backlog {
  readonly #sink: Sink<unknown, unknown>;
  #waiting: (Element | (() => void))[] = [];
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

  barrier(reached: () => void): void {
    this.#waiting.push(reached);
  }

  drop(count: number): void {
    this.#head += count;
    if (this.#head < this.#waiting.length / 2 && this.#head < GONE) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }

  clear(): number {
    const waiting = this.#waiting.slice(this.#head);
    const records = waiting.filter((each) => typeof each !== "function" && !isMark(each)).length;
    this.drop(this.length);
    return records;
  }

  /** As many records as one write takes, up to the next mark or barrier. */
  next(size: number): Load {
    const records: StreamRecord[] = [];
    for (let at = this.#head; at < this.#waiting.length && records.length < size; at++) {
      const element = this.#waiting[at]!;
      if (typeof element !== "function" && !isMark(element)) {
        records.push(element);
        continue;
      }
      if (records.length > 0) break;
      this.drop(1);
      return typeof element === "function" ? between(element) : between(() => this.#sink.advance?.(element));
    }
    this.drop(records.length);
    return {
      count: records.length,
      write: () => this.#sink.write(records),
      record: (i) => records[i]!,
      pages: () => pagesOf(records),
    };
  }

  pages(count: number): Page[] {
    return pagesOf(this.#waiting.slice(this.#head, this.#head + count) as StreamRecord[]);
  }

  restore(content: unknown): void {
    this.#waiting.push(...(fromJson(content as JsonValue) as StreamRecord[]));
  }
}

function pagesOf(records: readonly StreamRecord[]): Page[] {
  const pages: Page[] = [];
  for (let at = 0; at < records.length; at += PAGE) {
    const page = records.slice(at, at + PAGE);
    pages.push({ count: page.length, text: JSON.stringify(toJson(page)) });
  }
  return pages;
}

/** What is done between two writes. */
function between(act: () => void): Load {
  return {
    count: 0,
    // eslint-disable-next-line @typescript-eslint/require-await -- a throw is a rejection
    write: async () => {
      act();
      return undefined;
    },
    record(i) {
      throw new RangeError(`there is no record ${i} between two writes`);
    },
    pages: () => [],
  };
}
