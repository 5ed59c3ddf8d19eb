import type { Context } from "../../streams/component/context.js";
import type { Output, RecordOperator, States } from "../../streams/component/definition.js";
import type { StreamRecord, TimeMark } from "../../streams/record/record.js";
import type { Window } from "../../streams/record/values.js";
import { type Codec, KeyedState } from "../../streams/time/keyed-state.js";
import { type Held, makeWindow } from "../../streams/window/make-window.js";
import { type Measured, requireDate } from "../../streams/window/measured.js";
import { Rows } from "../../streams/window/rows.js";
import type { SavedRows } from "../../streams/window/saved-rows.js";
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

type SavedCounted = {
  readonly waiting: number;
  readonly rows: SavedRows;
};

/** The rows of a key are numbered as they come. A window is `count` numbers in a row; the next begins `every` later. */
export class CountWindows implements RecordOperator<Measured, Window> {
  readonly #count: number;
  readonly #every: number;
  readonly #demand: Context["demand"];
  readonly #counted: KeyedState<Counted>;
  readonly state: States;

  constructor({ count, every, keys }: CountWindowOptions, { demand }: Pick<Context, "demand">) {
    const fields = demand.fields === "all" ? "all" : [...new Set(demand.fields)];
    this.#count = count;
    this.#every = every;
    this.#demand = demand;
    const create = (): Counted => ({ rows: new Rows(fields), sums: new Sums(), waiting: 0 });
    const codec: Codec<Counted, SavedCounted> = {
      save: ({ waiting, rows }) => ({ waiting, rows: rows.save() }),
      load({ waiting, rows }) {
        const counted = create();
        counted.rows.load(rows);
        counted.waiting = waiting;
        return counted;
      },
    };
    this.#counted = new KeyedState(create, { limit: keys, codec });
    this.state = { counted: this.#counted };
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
    this.#finish(mark.key, output);
  }

  flush(output: Output<Window>): void {
    for (const [key] of this.#counted) this.#finish(key, output);
  }

  keys(): number {
    return this.#counted.size;
  }

  #finish(key: string, output: Output<Window>): void {
    const counted = this.#counted.touch(key);
    if (!counted) return;
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
