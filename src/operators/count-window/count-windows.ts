import type { Context } from "../../streams/component/context.js";
import type { Output, RecordOperator, Stateful } from "../../streams/component/definition.js";
import type { JsonValue } from "../../streams/record/json.js";
import type { StreamRecord, TimeMark } from "../../streams/record/record.js";
import type { Window } from "../../streams/record/values.js";
import { KeyedState } from "../../streams/time/keyed-state.js";
import { type Held, makeWindow } from "../../streams/window/make-window.js";
import { type Measured, requireDate } from "../../streams/window/measured.js";
import { Rows, type SavedRows } from "../../streams/window/rows.js";
import { Sums } from "../../streams/window/sums.js";

export interface CountWindowOptions {
  readonly count: number;
  readonly every: number;
  /** How many keys may have open windows. */
  readonly keys: number;
}

interface Counted extends Held {
  /** Records that have been in no window yet. */
  waiting: number;
}

interface SavedCounted {
  readonly key: string;
  readonly waiting: number;
  readonly rows: SavedRows;
}

/** The rows of a key are numbered as they come. A window is `count` numbers in a row; the next begins `every` later. */
export class CountWindows implements RecordOperator<Measured, Window>, Stateful {
  readonly #count: number;
  readonly #every: number;
  readonly #demand: Context["demand"];
  readonly #counted: KeyedState<Counted>;

  constructor({ count, every, keys }: CountWindowOptions, { demand }: Pick<Context, "demand">) {
    const fields = demand.fields === "all" ? "all" : [...new Set(demand.fields)];
    this.#count = count;
    this.#every = every;
    this.#demand = demand;
    this.#counted = new KeyedState(() => ({ rows: new Rows(fields), sums: new Sums(), waiting: 0 }), { limit: keys });
  }

  process(record: StreamRecord<Measured>, output: Output<Window>): void {
    requireDate(record.eventTime);
    const counted = this.#counted.of(record.key);
    const { rows } = counted;
    rows.append(record);
    counted.waiting++;
    if (rows.size === this.#count) this.#give(record.key, counted, output);
  }

  advance(mark: TimeMark, output: Output<Window>): void {
    if (mark.cause === "passed") return;
    const counted = this.#counted.peek(mark.key);
    if (counted) this.#finish(mark.key, counted, output);
  }

  flush(output: Output<Window>): void {
    for (const [key, counted] of this.#counted) this.#finish(key, counted, output);
  }

  keys(): number {
    return this.#counted.size;
  }

  snapshot(): JsonValue {
    const saved: SavedCounted[] = [...this.#counted].map(([key, { waiting, rows }]) => ({
      key,
      waiting,
      rows: rows.save(),
    }));
    return saved as unknown as JsonValue;
  }

  restore(state: JsonValue): void {
    for (const { key, waiting, rows } of state as unknown as readonly SavedCounted[]) {
      const counted = this.#counted.of(key);
      counted.rows.load(rows);
      counted.waiting = waiting;
    }
  }

  #finish(key: string, counted: Counted, output: Output<Window>): void {
    if (counted.waiting > 0) this.#give(key, counted, output);
    this.#counted.delete(key);
  }

  #give(key: string, counted: Counted, output: Output<Window>): void {
    const { rows } = counted;
    const { first: from, end: to } = rows;
    const middle = Math.max(from, Math.floor((to - 1) / this.#count) * this.#count);
    let [start, newest] = [Infinity, -Infinity];
    for (let row = from; row < to; row++) {
      start = Math.min(start, rows.time(row));
      newest = Math.max(newest, rows.time(row));
    }
    const division = { from, middle, to, base: rows.time(middle) };
    const value = makeWindow(counted, division, { start, end: newest + 1, revision: 0 }, this.#demand);
    output.emit({ key, eventTime: newest, value, position: value.to });
    counted.waiting = 0;
    rows.drop(from + this.#every);
  }
}
