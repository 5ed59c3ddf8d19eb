import type { Context } from "../component/context.js";
import type { Output, RecordOperator, States } from "../component/definition.js";
import { PoisonRecordError } from "../component/errors.js";
import { floatsFromText, floatsToText } from "../record/json.js";
import { derive, type StreamRecord, type TimeMark } from "../record/record.js";
import type { Late, Window } from "../record/values.js";
import { type Codec, KeyedState, plainCodec } from "../time/keyed-state.js";
import { furthestBehind, KeyWatermark, type Watermark } from "../time/watermark.js";
import { type Held, makeWindow } from "./make-window.js";
import { isDate, type Measured, requireDate } from "./measured.js";
import { Rows } from "./rows.js";
import type { SavedRows } from "./saved-rows.js";
import { edgeBefore, firstEnd, lastEnd, middleOf, type Spans } from "./spans.js";
import { Sums } from "./sums.js";

export interface TimeWindowOptions extends Spans {
  /** ms */
  readonly lateness: number;
  /** How long a closed window is kept for late records, in ms. */
  readonly amend: number;
  /** How many keys may have open windows. */
  readonly keys: number;
  /** How many records the windows of one key may hold. */
  readonly records: number;
  /** The share of the size that the samples of a window must reach over; with less it is not given out. 0 by itself. */
  readonly filled?: number;
}

/** The windows of one key. */
interface Open extends Held {
  readonly watermark: KeyWatermark;
  /** Every window that ends at or before this edge is closed. */
  closed: number;
  /** Windows that begin here or later still have all their samples. */
  kept: number;
  /** How often a window that is closed and kept was corrected, by its end. */
  readonly revisions: Map<number, number>;
  /** The key was silent once and its samples were let go: windows start anew here. */
  readonly since: number;
}

type SavedOpen = {
  /** Watermark, closed, kept and since, as text of floats: each may be -Infinity. */
  readonly times: string;
  readonly revisions: readonly (readonly [end: number, revision: number])[];
  readonly rows: SavedRows;
};

/**
 * Windows of event time, each key by its own watermark. A window is given out once, when the watermark reaches its end,
 * with the samples in order of time: what came out of order within the lateness makes no difference. A window without
 * samples is not given out. When a key goes silent or away, and at the end of the input, its windows close up to the
 * edge behind its newest record, and all that is kept of it is when that was.
 *
 * With `amend` the samples of a closed window stay for so long, and one that a late record falls into is given out again
 * with the next revision. A window that was empty so far is given out for the first time. Where a key has no more room,
 * closed windows make way for open ones.
 *
 * What it gives out has the end of its window as event time, and the position of its newest reading.
 */
export class TimeWindows implements RecordOperator<Measured, Window> {
  readonly #spans: Spans;
  readonly #amend: number;
  readonly #records: number;
  /** From the first sample of a window to its last, at least; ms. */
  readonly #leastReach: number;
  readonly #demand: Context["demand"];
  readonly #open: KeyedState<Open>;
  /** Keys that went silent: up to where their windows were closed. */
  readonly #left: KeyedState<{ until: number }>;
  readonly state: States;

  constructor(
    { lateness, amend, keys, records, filled = 0, ...spans }: TimeWindowOptions,
    { demand }: Pick<Context, "demand">,
  ) {
    const fields = demand.fields === "all" ? "all" : [...new Set(demand.fields)];
    this.#spans = spans;
    this.#amend = amend;
    this.#records = records;
    this.#leastReach = filled * spans.size;
    this.#demand = demand;
    this.#left = new KeyedState(() => ({ until: -Infinity }), { limit: keys, codec: plainCodec() });
    const begin = (since: number): Open => {
      const watermark = new KeyWatermark(lateness);
      watermark.advanceTo(since);
      return {
        rows: new Rows(fields),
        sums: new Sums(),
        watermark,
        closed: since,
        kept: -Infinity,
        revisions: new Map<number, number>(),
        since,
      };
    };
    this.#open = new KeyedState(
      (key) => {
        const since = this.#left.peek(key)?.until ?? -Infinity;
        this.#left.delete(key);
        return begin(since);
      },
      { limit: keys, codec: codecOf(begin) },
    );
    this.state = { left: this.#left, open: this.#open };
  }

  process(record: StreamRecord<Measured>, output: Output<Window>): void {
    const { key, eventTime } = record;
    requireDate(eventTime);
    const open = this.#open.of(key);
    if (open.rows.size >= this.#records) this.#keepFrom(this.#openStart(open), open);
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
    const row = open.rows.insert(record);
    open.sums.inserted(row);
    if (eventTime < open.watermark.time) this.#correct(key, open, row, output);
  }

  advance(mark: TimeMark, output: Output<Window>): void {
    if (mark.cause === "passed") {
      if (!isDate(mark.eventTime)) return;
      const open = this.#open.of(mark.key);
      if (open.watermark.observe(mark)) this.#close(mark.key, open, open.watermark.time, output);
      return;
    }
    this.#finish(mark.key, output);
  }

  flush(output: Output<Window>): void {
    for (const [key] of this.#open) this.#finish(key, output);
  }

  watermark(): Watermark | undefined {
    return furthestBehind([...this.#open].map(([key, { watermark }]) => [key, watermark.time]));
  }

  keys(): number {
    return this.#open.size;
  }

  /** Behind the watermark, and no window that it belongs to has its samples any more. */
  #isLate(time: number, { watermark, since, kept }: Open): boolean {
    if (time >= watermark.time) return false;
    return time < since || edgeBefore(time, this.#spans.every) < kept;
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
      const from = rows.from(end - size);
      if (from === rows.end) break;
      const first = firstEnd(rows.time(from), this.#spans);
      if (first > end) {
        end = first;
        continue;
      }
      this.#give(key, open, end, 0, output);
      end += every;
    }
    open.closed = last;
    this.#keepFrom(Math.min(this.#openStart(open), edgeBefore(until - this.#amend, every) + every - size), open);
  }

  /** The start of the first window that is not closed. */
  #openStart({ closed }: Open): number {
    return closed + this.#spans.every - this.#spans.size;
  }

  /** Lets go of the windows that begin before an edge. */
  #keepFrom(start: number, open: Open): void {
    if (!(start > open.kept)) return;
    open.kept = start;
    open.rows.drop(open.rows.from(start));
    for (const end of open.revisions.keys()) if (end < start + this.#spans.size) open.revisions.delete(end);
  }

  /** Gives out anew the closed windows that a row was put into. */
  #correct(key: string, open: Open, row: number, output: Output<Window>): void {
    const { size, every } = this.#spans;
    const { rows, revisions } = open;
    const time = rows.time(row);
    const last = Math.min(lastEnd(time, this.#spans), open.closed);
    // Those sums are for windows that come in order.
    const apart = { ...open, sums: new Sums() };
    for (let end = Math.max(firstEnd(time, this.#spans), open.kept + size); end <= last; end += every) {
      const revision = this.#wasGiven(rows, row, end) ? (revisions.get(end) ?? 0) + 1 : 0;
      if (revision > 0) revisions.set(end, revision);
      this.#give(key, apart, end, revision, output);
    }
  }

  /** Whether a closed window was given out before this row was put into it. */
  #wasGiven(rows: Rows, row: number, end: number): boolean {
    const from = rows.from(end - this.#spans.size);
    const last = rows.from(end) - 1;
    if (from === last) return false;
    const [oldest, newest] = [row === from ? from + 1 : from, row === last ? last - 1 : last];
    return rows.time(newest) - rows.time(oldest) >= this.#leastReach;
  }

  #give(key: string, held: Held, end: number, revision: number, output: Output<Window>): void {
    const { rows } = held;
    const start = end - this.#spans.size;
    const base = middleOf(end, this.#spans);
    const division = { from: rows.from(start), middle: rows.from(base), to: rows.from(end), base };
    if (rows.time(division.to - 1) - rows.time(division.from) < this.#leastReach) return;
    const value = makeWindow(held, division, { start, end, revision }, this.#demand);
    output.emit({ key, eventTime: end, value, position: value.to });
  }

  #finish(key: string, output: Output<Window>): void {
    const open = this.#open.touch(key);
    if (!open) return;
    const { rows, watermark } = open;
    if (rows.size > 0) watermark.advanceTo(firstEnd(rows.time(rows.end - 1), this.#spans));
    this.#close(key, open, watermark.time, output);
    this.#open.delete(key);
    if (Number.isFinite(open.closed)) this.#left.of(key).until = open.closed;
  }
}

/** Windows of a key as a checkpoint holds them; their sums are made anew. */
function codecOf(begin: (since: number) => Open): Codec<Open, SavedOpen> {
  return {
    save: ({ watermark, closed, kept, since, revisions, rows }) => ({
      times: floatsToText(Float64Array.of(watermark.time, closed, kept, since)),
      revisions: [...revisions],
      rows: rows.save(),
    }),
    load({ times, revisions, rows }) {
      const [watermark, closed, kept, since] = floatsFromText(times) as unknown as [number, number, number, number];
      const open = begin(since);
      open.watermark.advanceTo(watermark);
      open.closed = closed;
      open.kept = kept;
      for (const [end, revision] of revisions) open.revisions.set(end, revision);
      open.rows.load(rows);
      return open;
    },
  };
}
