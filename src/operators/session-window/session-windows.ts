import type { Context } from "../../streams/component/context.js";
import type { Output, RecordOperator, States } from "../../streams/component/definition.js";
import { fromJson, type JsonValue, toJson } from "../../streams/record/json.js";
import { PoisonRecordError } from "../../streams/component/errors.js";
import { readField } from "../../streams/record/field.js";
import { derive, type StreamRecord, type TimeMark } from "../../streams/record/record.js";
import type { FieldValue, Late, Window } from "../../streams/record/values.js";
import { type Codec, KeyedState, plainCodec } from "../../streams/time/keyed-state.js";
import { furthestBehind, KeyWatermark, type Watermark } from "../../streams/time/watermark.js";
import { type Held, makeWindow } from "../../streams/window/make-window.js";
import { isDate, type Measured, requireDate } from "../../streams/window/measured.js";
import { Rows } from "../../streams/window/rows.js";
import type { SavedRows } from "../../streams/window/saved-rows.js";
import { Sums } from "../../streams/window/sums.js";
import { type Label, Session, type Span } from "./session.js";

export interface SessionOptions {
  /** ms; Infinity: pauses end no session. */
  readonly gap: number;
  /** The field whose change ends a session. */
  readonly by?: string | undefined;
  /** ms */
  readonly longest: number;
  /** ms */
  readonly lateness: number;
  /** How long a closed session is kept for late records, in ms. */
  readonly amend: number;
  /** How many keys may have open sessions. */
  readonly keys: number;
  /** How many records a session may have, and how many may wait for the lateness. */
  readonly records: number;
}

/** What a checkpoint holds of a session besides its rows. */
interface Kept extends Pick<Session, "settled" | "first" | "closed" | "last"> {
  readonly watermark: number;
  readonly waiting: readonly (FieldValue | null)[];
  readonly label?: Label;
}

type SavedSession = {
  readonly kept: JsonValue;
  readonly rows: SavedRows;
};

/**
 * Sessions of each key in order of event time: what came out of order within the lateness makes no difference. A row
 * costs one look at its neighbour, and its session is summed once, when it ends.
 */
export class SessionWindows implements RecordOperator<Measured, Window> {
  readonly #options: SessionOptions;
  /** How many records of a key are held. */
  readonly #room: number;
  readonly #demand: Context["demand"];
  readonly #sessions: KeyedState<Session>;
  /** Keys that went silent: the time of their newest record. */
  readonly #left: KeyedState<{ until: number }>;
  readonly state: States;

  constructor(options: SessionOptions, { demand }: Pick<Context, "demand">) {
    const fields = demand.fields === "all" ? "all" : [...new Set(demand.fields)];
    this.#options = options;
    this.#room = 2 * options.records;
    this.#demand = demand;
    this.#left = new KeyedState(() => ({ until: -Infinity }), { limit: options.keys, codec: plainCodec() });
    const begin = (until: number): Session => {
      const watermark = new KeyWatermark(options.lateness);
      watermark.advanceTo(until);
      return new Session(new Rows(fields), watermark);
    };
    this.#sessions = new KeyedState(
      (key) => {
        const until = this.#left.peek(key)?.until ?? -Infinity;
        this.#left.delete(key);
        return begin(until);
      },
      { limit: options.keys, codec: codecOf(begin) },
    );
    this.state = { left: this.#left, sessions: this.#sessions };
  }

  process(record: StreamRecord<Measured>, output: Output<Window>): void {
    const { key, eventTime, value } = record;
    requireDate(eventTime);
    const session = this.#sessions.of(key);
    const { rows, watermark } = session;
    const label = this.#options.by === undefined ? undefined : (readField(value, this.#options.by) ?? undefined);
    if (eventTime < watermark.time && !session.takes(eventTime, label)) {
      this.#takeLate(record, label, session, output);
      return;
    }
    // Its time counts even where there is no room for it, or a full session would never end.
    if (watermark.observe(record)) this.#settle(key, session, watermark.time, output);
    if (rows.size >= this.#room) session.release(Infinity);
    if (rows.size >= this.#room)
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
    this.#finish(mark.key, output);
  }

  flush(output: Output<Window>): void {
    for (const [key] of this.#sessions) this.#finish(key, output);
  }

  watermark(): Watermark | undefined {
    return furthestBehind([...this.#sessions].map(([key, { watermark }]) => [key, watermark.time]));
  }

  keys(): number {
    return this.#sessions.size;
  }

  /** Takes the rows up to a time into the session, and gives it out wherever it ends. */
  #settle(key: string, session: Session, until: number, output: Output<Window>): void {
    const { rows, waiting } = session;
    let taken = 0;
    while (session.settled < rows.end && rows.time(session.settled) <= until) {
      const label = waiting[taken++];
      if (this.#endsBefore(rows.time(session.settled), label, session)) this.#close(key, session, output);
      session.label = label ?? session.label;
      session.settled++;
    }
    waiting.splice(0, taken);
    if (session.isOpen && until >= this.#end(session)) this.#close(key, session, output);
    session.release(until - this.#options.amend);
  }

  #endsBefore(time: number, label: Label, session: Session): boolean {
    if (!session.isOpen) return false;
    const { first, settled, label: before } = session;
    const changed = label !== undefined && before !== undefined && label !== before;
    return changed || time >= this.#end(session) || settled - first >= this.#options.records;
  }

  /** The time at which an open session ends, whatever comes. */
  #end({ rows, first, settled }: Session): number {
    return Math.min(rows.time(settled - 1) + this.#options.gap, rows.time(first) + this.#options.longest);
  }

  #close(key: string, session: Session, output: Output<Window>): void {
    const { first: from, settled: to, label } = session;
    this.#give(key, session, { from, to, label, revision: 0 }, output);
    session.close();
  }

  /** A record behind the watermark that is not of the open session corrects the closed one that it lies in, or is late. */
  #takeLate(record: StreamRecord<Measured>, label: Label, session: Session, output: Output<Window>): void {
    const { rows, closed } = session;
    const at = session.around(record.eventTime, label);
    if (at < 0 || rows.size >= this.#room || closed[at]!.count >= this.#options.records) {
      output.side("late", lateRecord(record, session));
      return;
    }
    const row = rows.insert(record);
    session.sums.inserted(row);
    const span = session.amend(at);
    // Those sums are for sessions that come in order.
    this.#give(record.key, { rows, sums: new Sums() }, span, output);
  }

  #give(key: string, held: Held, { from, to, label, revision }: Span, output: Output<Window>): void {
    const { rows } = held;
    const [start, newest] = [rows.time(from), rows.time(to - 1)];
    const bounds = { start, end: newest + 1, revision };
    const window = makeWindow(held, { from, middle: from, to, base: start }, bounds, this.#demand);
    const { by } = this.#options;
    const value = by === undefined ? window : { ...window, by: { field: by, value: label ?? null } };
    output.emit({ key, eventTime: newest, value, position: value.to });
  }

  #finish(key: string, output: Output<Window>): void {
    const session = this.#sessions.touch(key);
    if (!session) return;
    const { rows, watermark, settled } = session;
    const newest = rows.end > session.first ? rows.time(rows.end - 1) : -Infinity;
    if (rows.end > settled) this.#settle(key, session, newest, output);
    if (session.isOpen) this.#close(key, session, output);
    this.#sessions.delete(key);
    this.#left.of(key).until = Math.max(newest, watermark.time);
  }
}

function lateRecord(record: StreamRecord<Measured>, { watermark, last }: Session): StreamRecord<Late> {
  const { eventTime: time } = record;
  const missed = last && time >= last.start && time < last.end ? last : { start: time, end: time + 1 };
  return derive(record, { kind: "late", record, lateBy: watermark.time - time, window: missed });
}

function codecOf(begin: (until: number) => Session): Codec<Session, SavedSession> {
  return {
    save({ watermark, settled, first, closed, waiting, label, last, rows }) {
      const labels = waiting.map((label) => label ?? null);
      const kept: Kept = { watermark: watermark.time, settled, first, closed, waiting: labels, label, last };
      return { kept: toJson(kept), rows: rows.save() };
    },
    load({ kept, rows }) {
      const { watermark, settled, first, closed, waiting, label, last } = fromJson(kept) as Kept;
      const session = begin(watermark);
      session.rows.load(rows);
      for (const one of closed) session.closed.push(one);
      for (const one of waiting) session.waiting.push(one ?? undefined);
      Object.assign(session, { settled, first, label, last });
      return session;
    },
  };
}
