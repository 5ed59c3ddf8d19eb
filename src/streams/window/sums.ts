import { mergeSummary, SUMMARY_SIZE } from "../record/summary.js";
import type { Rows } from "./rows.js";

/** So many rows are summarised anew for a window; sums are kept of whole groups of them. */
const GROUP = 16;
const NONE = new Float64Array(0);
const scratch = new Float64Array(SUMMARY_SIZE);

/** The rows of a window: `from` up to and without `to`, and the row where it is divided. */
export interface Division {
  readonly from: number;
  readonly middle: number;
  readonly to: number;
  /** Times are summed in seconds from here, ms since the epoch. Goes with the middle. */
  readonly base: number;
}

/**
 * Sums of the overlapping windows of one key, at a cost a row that does not grow with the number of windows it is in.
 *
 * The windows that share a middle are each an end of the same rows before it and a beginning of the same rows after it
 * (van Herk 1992, Gil & Werman 1993, for maxima in images). Kept are sums of whole groups of rows: for the rows before
 * the middle one of the last group, of the last two and so on, and for those after it a single one that runs on.
 *
 *     from    |<-- before[1] -->|                            to
 *      ....|================|================|================|....
 *                           |<-- before[0] ->|<--- running -->|
 *                                          middle
 *
 * What comes out depends on the rows of the window and its middle alone, to the last digit: not on when it was asked for,
 * on what was before it, or on a restart in between. So none of this needs to be in a snapshot.
 */
export class Sums {
  #middle = -1;
  #base = NaN;
  #before: Float64Array = NONE;
  #running: Float64Array = NONE;
  /** The row after those in the running sum. */
  #reached = -1;

  get bytes(): number {
    return this.#running.byteLength + this.#before.byteLength;
  }

  /** Takes note of a row that was put in: sums that are without it are of no more use. */
  inserted(row: number): void {
    if (row < this.#reached) this.#middle = this.#reached = -1;
  }

  /** One summary a field of the rows of a window. Windows are asked for in order. */
  of(rows: Rows, division: Division): Float64Array {
    const { from, middle, to, base } = division;
    const total = new Float64Array(rows.fields.length * SUMMARY_SIZE);
    if (to - from <= GROUP) {
      summarize(rows, from, to, base, total, 0);
      return total;
    }
    if (middle !== this.#middle || base !== this.#base || total.length !== this.#running.length)
      this.#divide(rows, division, total.length);
    for (; this.#reached + GROUP <= to; this.#reached += GROUP)
      add(this.#running, 0, rows, this.#reached, this.#reached + GROUP, base);
    const groups = Math.floor((middle - from) / GROUP);
    summarize(rows, from, middle - groups * GROUP, base, total, 0);
    if (groups > 0) merge(total, 0, this.#before, (groups - 1) * total.length, total.length);
    merge(total, 0, this.#running, 0, total.length);
    add(total, 0, rows, this.#reached, to, base);
    return total;
  }

  #divide(rows: Rows, { from, middle, base }: Division, size: number): void {
    const groups = Math.floor((middle - from) / GROUP);
    this.#middle = this.#reached = middle;
    this.#base = base;
    this.#running = cleared(this.#running, size);
    this.#before = cleared(this.#before, groups * size);
    for (let k = 0, start = middle - GROUP; k < groups; k++, start -= GROUP) {
      summarize(rows, start, start + GROUP, base, this.#before, k * size);
      if (k > 0) merge(this.#before, k * size, this.#before, (k - 1) * size, size);
    }
  }
}

/** Writes one summary a field. */
function summarize(rows: Rows, from: number, to: number, base: number, into: Float64Array, at: number): void {
  if (from === to) return;
  for (let field = 0; field < rows.fields.length; field++)
    rows.summarize(field, from, to, base, into, at + field * SUMMARY_SIZE);
}

/** Adds later rows to the summaries at `at`. */
function add(into: Float64Array, at: number, rows: Rows, from: number, to: number, base: number): void {
  if (from === to) return;
  for (let field = 0; field < rows.fields.length; field++) {
    rows.summarize(field, from, to, base, scratch, 0);
    mergeSummary(into, at + field * SUMMARY_SIZE, scratch, 0);
  }
}

/** Adds the summaries of later rows to those at `at`. */
function merge(into: Float64Array, at: number, from: Float64Array, fromAt: number, size: number): void {
  for (let i = 0; i < size; i += SUMMARY_SIZE) mergeSummary(into, at + i, from, fromAt + i);
}

/** So many zeros: the given array where it has that size. */
function cleared(array: Float64Array, length: number): Float64Array {
  return array.length === length ? array.fill(0) : new Float64Array(length);
}
