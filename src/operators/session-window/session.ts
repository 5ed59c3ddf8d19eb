import type { Bounds, FieldValue } from "../../streams/record/values.js";
import type { KeyWatermark } from "../../streams/time/watermark.js";
import type { Held } from "../../streams/window/make-window.js";
import type { Rows } from "../../streams/window/rows.js";
import { Sums } from "../../streams/window/sums.js";

/** What the field that sessions go by says; undefined where a record lacks it. */
export type Label = FieldValue | undefined;

/** The rows of a session, `from` up to and without `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly label: Label;
  readonly revision: number;
}

/** A session that was given out and may be corrected. */
interface Closed {
  /** Event time of its first and its newest record. */
  readonly start: number;
  readonly newest: number;
  count: number;
  revision: number;
  readonly label: FieldValue | null;
}

/**
 * The sessions of one key. Its rows come in three parts, in order of time: those of closed sessions that may be corrected;
 * those of the open session, up to the watermark and settled, since nothing can come between them that ends it; and those
 * that wait, each with its label.
 */
export class Session implements Held {
  readonly sums = new Sums();
  /** Oldest first. */
  readonly closed: Closed[] = [];
  /** The number of the first row of the open session. */
  first: number;
  /** The number of the first row that waits. */
  settled: number;
  readonly waiting: Label[] = [];
  label: Label;
  /** The session that was closed last. */
  last: Bounds | undefined;

  constructor(
    readonly rows: Rows,
    readonly watermark: KeyWatermark,
  ) {
    this.first = this.settled = rows.end;
  }

  get isOpen(): boolean {
    return this.settled > this.first;
  }

  /** Whether a record behind the watermark fits into the open session. */
  takes(time: number, label: Label): boolean {
    const { rows, first, settled } = this;
    if (!this.isOpen || time < rows.time(first)) return false;
    // Behind its newest row another label ends it, as one in time would.
    return time >= rows.time(settled - 1) || label === undefined || label === this.label;
  }

  close(): void {
    const { rows, first, settled, label = null } = this;
    const [start, newest] = [rows.time(first), rows.time(settled - 1)];
    this.last = { start, end: newest + 1 };
    this.closed.push({ start, newest, count: settled - first, revision: 0, label });
    this.first = settled;
  }

  /**
   * The index of the closed session between whose first and newest record a time lies, -1 for none. Only there a record
   * leaves the bounds of all sessions as they were given out.
   */
  around(time: number, label: Label): number {
    return this.closed.findIndex(
      (one) => time >= one.start && time < one.newest && (label === undefined || label === one.label),
    );
  }

  /** Counts a row that was put into a closed session; returns where that session is now. */
  amend(index: number): Span {
    const closed = this.closed[index]!;
    closed.count++;
    closed.revision++;
    this.first++;
    this.settled++;
    const { count, label, revision } = closed;
    const from = this.closed.slice(0, index).reduce((row, { count: rows }) => row + rows, this.rows.first);
    return { from, to: from + count, label: label ?? undefined, revision };
  }

  /** Lets go of the closed sessions whose newest record is not after a time. */
  release(time: number): void {
    let released = 0;
    while (released < this.closed.length && this.closed[released]!.newest <= time)
      this.rows.drop(this.rows.first + this.closed[released++]!.count);
    this.closed.splice(0, released);
  }
}
