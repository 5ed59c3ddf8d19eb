import type { Context } from "../../streams/component/context.js";
import type { JsonValue, Output, RecordOperator, Stateful } from "../../streams/component/definition.js";
import { PoisonRecordError } from "../../streams/component/errors.js";
import { readField } from "../../streams/record/field.js";
import { derive, type StreamRecord, type TimeMark } from "../../streams/record/record.js";
import type { Bounds, FieldValue, Late, Window } from "../../streams/record/values.js";
import { KeyedState } from "../../streams/time/keyed-state.js";
import { furthestBehind, KeyWatermark, type Watermark } from "../../streams/time/watermark.js";
import { type Held, makeWindow } from "../../streams/window/make-window.js";
import { isDate, type Measured, requireDate } from "../../streams/window/measured.js";
import { Rows, type SavedRows } from "../../streams/window/rows.js";
import { Sums } from "../../streams/window/sums.js";

export interface SessionOptions {
  /** ms; Infinity: pauses end no session. */
  readonly gap: number;
  /** The field whose change ends a session. */
  readonly by?: string | undefined;
  /** ms */
  readonly longest: number;
  /** ms */
  readonly lateness: number;
  /** How many keys may have open sessions. */
  readonly keys: number;
  /** How many records a session may have, and how many may wait for the lateness. */
  readonly records: number;
}

/** What the field that sessions go by says; undefined where a record lacks it. */
type Label = FieldValue | undefined;

/**
 * The open session of one key. Its rows come in two parts: those up to the watermark are settled, since nothing can come
 * before them any more, and are all of one session; those behind it wait, each with its label.
 */
interface Session extends Held {
  readonly watermark: KeyWatermark;
  /** The number of the first row that waits. */
  settled: number;
  readonly waiting: Label[];
  label: Label;
  /** The session before. */
  closed: Bounds | undefined;
}

interface SavedSession {
  readonly key: string;
  readonly watermark: number;
  readonly settled: number;
  readonly waiting: readonly (FieldValue | undefined)[];
  readonly label?: FieldValue;
  readonly closed?: Bounds;
  readonly rows: SavedRows;
}

interface Saved {
  readonly open: readonly SavedSession[];
  readonly left: readonly (readonly [key: string, until: number])[];
}

/**
 * Sessions of each key in order of event time: what came out of order within the lateness makes no difference. A row
 * costs one look at its neighbour, and its session is summed once, when it ends.
 */
export class SessionWindows implements RecordOperator<Measured, Window>, Stateful {
  readonly #options: SessionOptions;
  readonly #demand: Context["demand"];
  readonly #sessions: KeyedState<Session>;
  /** Keys that went silent: the time of their newest record. */
  readonly #left: KeyedState<{ until: number }>;

  constructor(options: SessionOptions, { demand }: Pick<Context, "demand">) {
    const fields = demand.fields === "all" ? "all" : [...new Set(demand.fields)];
    this.#options = options;
    this.#demand = demand;
    this.#left = new KeyedState(() => ({ until: -Infinity }), options.keys);
    this.#sessions = new KeyedState((key) => {
      const watermark = new KeyWatermark(options.lateness);
      watermark.advanceTo(this.#left.peek(key)?.until ?? -Infinity);
      this.#left.delete(key);
      const rows = new Rows(fields);
      return {
        rows,
        sums: new Sums(),
        watermark,
        settled: rows.end,
        waiting: [],
        label: undefined,
        closed: undefined,
      };
    }, options.keys);
  }

  process(record: StreamRecord<Measured>, output: Output<Window>): void {
    const { key, eventTime, value } = record;
    requireDate(eventTime);
    const session = this.#sessions.of(key);
    const { rows, watermark } = session;
    const label = this.#options.by === undefined ? undefined : (readField(value, this.#options.by) ?? undefined);
    if (isLate(eventTime, label, session)) {
      output.side("late", late(record, session));
      return;
    }
    // Its time counts even where there is no room for it, or a full session would never end.
    if (watermark.observe(record)) this.#settle(key, session, watermark.time, output);
    if (rows.size >= 2 * this.#options.records)
      throw new PoisonRecordError(
        `${rows.size} records of "${key}" wait in its open session; see whether its clock stands still, or raise \`records\``,
      );
    const row = rows.insert(record);
    session.sums.inserted(row);
    if (row < session.settled) session.settled++;
    else {
      session.waiting.splice(row - session.settled, 0, label);
      this.#settle(key, session, watermark.time, output);
    }
  }

  advance(mark: TimeMark, output: Output<Window>): void {
    if (mark.cause === "passed") {
      if (!isDate(mark.eventTime)) return;
      const session = this.#sessions.of(mark.key);
      if (session.watermark.observe(mark)) this.#settle(mark.key, session, session.watermark.time, output);
      return;
    }
    const session = this.#sessions.peek(mark.key);
    if (session) this.#finish(mark.key, session, output);
  }

  flush(output: Output<Window>): void {
    for (const [key, session] of this.#sessions) this.#finish(key, session, output);
  }

  watermark(): Watermark | undefined {
    return furthestBehind([...this.#sessions].map(([key, { watermark }]) => [key, watermark.time]));
  }

  keys(): number {
    return this.#sessions.size;
  }

  snapshot(): JsonValue {
    const saved: Saved = {
      open: [...this.#sessions].map(([key, { watermark, settled, waiting, label, closed, rows }]) => ({
        key,
        // A key is met with a record or a mark, so its watermark is finite.
        watermark: watermark.time,
        settled,
        waiting: waiting.map((waits) => waits ?? null),
        ...(label !== undefined && { label }),
        ...(closed && { closed }),
        rows: rows.save(),
      })),
      left: [...this.#left].map(([key, { until }]) => [key, until]),
    };
    return saved as unknown as JsonValue;
  }

  restore(state: JsonValue): void {
    const { open, left } = state as unknown as Saved;
    for (const { key, watermark, settled, waiting, label, closed, rows } of open) {
      const session = this.#sessions.of(key);
      session.rows.load(rows);
      session.watermark.advanceTo(watermark);
      session.settled = settled;
      session.waiting.push(...waiting.map((waits) => waits ?? undefined));
      session.label = label;
      session.closed = closed;
    }
    for (const [key, until] of left) this.#left.of(key).until = until;
  }

  /** Takes the rows up to a time into the session, and gives it out wherever it ends. */
  #settle(key: string, session: Session, until: number, output: Output<Window>): void {
    const { rows, waiting } = session;
    let taken = 0;
    while (session.settled < rows.end && rows.time(session.settled) <= until) {
      const label = waiting[taken++];
      if (this.#endsBefore(rows.time(session.settled), label, session)) this.#give(key, session, output);
      session.label = label ?? session.label;
      session.settled++;
    }
    waiting.splice(0, taken);
    if (isOpen(session) && until >= this.#end(session)) this.#give(key, session, output);
  }

  #endsBefore(time: number, label: Label, session: Session): boolean {
    if (!isOpen(session)) return false;
    const { rows, settled, label: before } = session;
    const changed = label !== undefined && before !== undefined && label !== before;
    return changed || time >= this.#end(session) || settled - rows.first >= this.#options.records;
  }

  /** The time at which an open session ends, whatever comes. */
  #end({ rows, settled }: Session): number {
    return Math.min(rows.time(settled - 1) + this.#options.gap, rows.time(rows.first) + this.#options.longest);
  }

  #give(key: string, session: Session, output: Output<Window>): void {
    const { rows, settled, label } = session;
    const [start, newest] = [rows.time(rows.first), rows.time(settled - 1)];
    const division = { from: rows.first, middle: rows.first, to: settled, base: start };
    const window = makeWindow(session, division, { start, end: newest + 1 }, this.#demand);
    const { by } = this.#options;
    const value = by === undefined ? window : { ...window, by: { field: by, value: label ?? null } };
    output.emit({ key, eventTime: newest, value, position: value.to });
    rows.drop(settled);
    session.closed = { start, end: newest + 1 };
  }

  #finish(key: string, session: Session, output: Output<Window>): void {
    const { rows, watermark } = session;
    const newest = rows.size > 0 ? rows.time(rows.end - 1) : -Infinity;
    this.#settle(key, session, newest, output);
    if (isOpen(session)) this.#give(key, session, output);
    this.#sessions.delete(key);
    this.#left.of(key).until = Math.max(newest, watermark.time);
  }
}

/** Whether a session has begun: it has settled rows. */
function isOpen({ rows, settled }: Session): boolean {
  return settled > rows.first;
}

/** Behind the watermark, and not within the open session. */
function isLate(time: number, label: Label, session: Session): boolean {
  const { rows, settled, watermark } = session;
  if (time >= watermark.time) return false;
  if (!isOpen(session) || time < rows.time(rows.first)) return true;
  return time < rows.time(settled - 1) && label !== undefined && label !== session.label;
}

function late(record: StreamRecord<Measured>, { watermark, closed }: Session): StreamRecord<Late> {
  const { eventTime: time } = record;
  const missed = closed && time >= closed.start && time < closed.end ? closed : { start: time, end: time + 1 };
  return derive(record, { kind: "late", record, lateBy: watermark.time - time, window: missed });
}
