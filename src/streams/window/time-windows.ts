import type { Context } from "../component/context.js";
import type { JsonValue, Output, RecordOperator, Stateful } from "../component/definition.js";
import { PoisonRecordError } from "../component/errors.js";
import { derive, type StreamRecord, type TimeMark } from "../record/record.js";
import type { Late, Window } from "../record/values.js";
import { KeyedState } from "../time/keyed-state.js";
import { furthestBehind, KeyWatermark, type Watermark } from "../time/watermark.js";
import { type Held, makeWindow } from "./make-window.js";
import { isDate, type Measured, requireDate } from "./measured.js";
import { Rows, type SavedRows } from "./rows.js";
import { edgeBefore, firstEnd, lastEnd, middleOf, type Spans } from "./spans.js";
import { Sums } from "./sums.js";

export interface TimeWindowOptions extends Spans {
  /** ms */
  readonly lateness: number;
  /** How many keys may have open windows. */
  readonly keys: number;
  /** How many records the open windows of one key may hold. */
  readonly records: number;
}

/** The windows of one key. */
interface Open extends Held {
  readonly watermark: KeyWatermark;
  /** Every window that ends at or before this edge is closed. */
  closed: number;
  /** The key was silent once and its samples were let go: windows start anew here. */
  readonly since: number;
}

interface SavedOpen {
  readonly key: string;
  readonly watermark: number | null;
  readonly closed: number | null;
  readonly since: number | null;
  readonly rows: SavedRows;
}

interface Saved {
  readonly open: readonly SavedOpen[];
  readonly left: readonly (readonly [key: string, until: number])[];
}

/**
 * Windows of event time, each key by its own watermark. A window is given out once, when the watermark reaches its end,
 * with the samples in order of time: what came out of order within the lateness makes no difference. A window without
 * samples is not given out. When a key goes silent or away, and at the end of the input, its windows close up to the
 * edge behind its newest record, and all that is kept of it is when that was.
 *
 * What it gives out has the end of its window as event time, and the position of its newest reading.
 */
export class TimeWindows implements RecordOperator<Measured, Window>, Stateful {
  readonly #spans: Spans;
  readonly #records: number;
  readonly #demand: Context["demand"];
  readonly #open: KeyedState<Open>;
  /** Keys that went silent: up to where their windows were closed. */
  readonly #left: KeyedState<{ until: number }>;

  constructor({ lateness, keys, records, ...spans }: TimeWindowOptions, { demand }: Pick<Context, "demand">) {
    const fields = demand.fields === "all" ? "all" : [...new Set(demand.fields)];
    this.#spans = spans;
    this.#records = records;
    this.#demand = demand;
    this.#left = new KeyedState(() => ({ until: -Infinity }), keys);
    this.#open = new KeyedState((key) => {
      const since = this.#left.peek(key)?.until ?? -Infinity;
      this.#left.delete(key);
      const watermark = new KeyWatermark(lateness);
      watermark.advanceTo(since);
      return { rows: new Rows(fields), sums: new Sums(), watermark, closed: since, since };
    }, keys);
  }

  process(record: StreamRecord<Measured>, output: Output<Window>): void {
    const { key, eventTime } = record;
    requireDate(eventTime);
    const open = this.#open.of(key);
    if (this.#isLate(eventTime, open)) {
      output.side("late", this.#late(record, open.watermark.time));
      return;
    }
    // Its time counts even where there is no room for it, or a full window would never close.
    if (open.watermark.observe(record)) this.#close(key, open, open.watermark.time, output);
    if (open.rows.size >= this.#records)
      throw new PoisonRecordError(
        `the open windows of "${key}" hold ${this.#records} records, which is the limit; ` +
          `see whether its clock stands still, or raise \`records\``,
      );
    open.sums.inserted(open.rows.insert(record));
  }

  advance(mark: TimeMark, output: Output<Window>): void {
    if (mark.cause === "passed") {
      if (!isDate(mark.eventTime)) return;
      const open = this.#open.of(mark.key);
      if (open.watermark.observe(mark)) this.#close(mark.key, open, open.watermark.time, output);
      return;
    }
    const open = this.#open.peek(mark.key);
    if (open) this.#finish(mark.key, open, output);
  }

  flush(output: Output<Window>): void {
    for (const [key, open] of this.#open) this.#finish(key, open, output);
  }

  watermark(): Watermark | undefined {
    return furthestBehind([...this.#open].map(([key, { watermark }]) => [key, watermark.time]));
  }

  keys(): number {
    return this.#open.size;
  }

  snapshot(): JsonValue {
    const saved: Saved = {
      open: [...this.#open].map(([key, { watermark, closed, since, rows }]) => ({
        key,
        watermark: finite(watermark.time),
        closed: finite(closed),
        since: finite(since),
        rows: rows.save(),
      })),
      left: [...this.#left].map(([key, { until }]) => [key, until]),
    };
    return saved as unknown as JsonValue;
  }

  restore(state: JsonValue): void {
    const { open, left } = state as unknown as Saved;
    for (const { key, since, watermark, closed, rows } of open) {
      if (since !== null) this.#left.of(key).until = since;
      const restored = this.#open.of(key);
      restored.rows.load(rows);
      restored.watermark.advanceTo(watermark ?? -Infinity);
      restored.closed = closed ?? -Infinity;
    }
    for (const [key, until] of left) this.#left.of(key).until = until;
  }

  #isLate(time: number, { watermark, since }: Open): boolean {
    if (time >= watermark.time) return false;
    return time < since || lastEnd(time, this.#spans) <= watermark.time;
  }

  #late(record: StreamRecord<Measured>, watermark: number): StreamRecord<Late> {
    const end = firstEnd(record.eventTime, this.#spans);
    const window = { start: end - this.#spans.size, end };
    return derive(record, { kind: "late", record, lateBy: watermark - record.eventTime, window });
  }

  /** Gives out the windows that end at or before a time. The empty ones between two samples cost nothing. */
  #close(key: string, open: Open, until: number, output: Output<Window>): void {
    const { size, every } = this.#spans;
    if (until < open.closed + every) return;
    const { rows } = open;
    const last = edgeBefore(until, every);
    let end = open.closed + every;
    while (end <= last) {
      rows.drop(rows.from(end - size));
      if (rows.size === 0) break;
      const first = firstEnd(rows.time(rows.first), this.#spans);
      if (first > end) {
        end = first;
        continue;
      }
      this.#give(key, open, end, output);
      end += every;
    }
    rows.drop(rows.from(last + every - size));
    open.closed = last;
  }

  #give(key: string, open: Open, end: number, output: Output<Window>): void {
    const { rows } = open;
    const base = middleOf(end, this.#spans);
    const division = { from: rows.first, middle: rows.from(base), to: rows.from(end), base };
    const value = makeWindow(open, division, { start: end - this.#spans.size, end }, this.#demand);
    output.emit({ key, eventTime: end, value, position: value.to });
  }

  #finish(key: string, open: Open, output: Output<Window>): void {
    const { rows, watermark } = open;
    if (rows.size > 0) watermark.advanceTo(firstEnd(rows.time(rows.end - 1), this.#spans));
    this.#close(key, open, watermark.time, output);
    this.#open.delete(key);
    if (Number.isFinite(open.closed)) this.#left.of(key).until = open.closed;
  }
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}
