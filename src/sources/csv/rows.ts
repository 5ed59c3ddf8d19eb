import { CsvError, parse } from "csv-parse/sync";
import type { Delimiter } from "./delimiter.js";
import { PlainRow } from "./plain-row.js";
import { CutRow, type Row } from "./row.js";

/** A quoted cell that runs on for longer than this was never closed. Bounds what a broken file can hold in memory. */
export const LONGEST_ROW = 1 << 20;

export interface RowTaker {
  row(row: Row, line: number): void;
  /** A line that cannot be split into cells. */
  bad(reason: string, line: number, text: string): void;
}

/**
 * Splits the text of a CSV file into rows, piece by piece. Pieces without a quote go a short way, many times as fast;
 * the others go through csv-parse. After a line that makes no sense it goes on with the next one.
 */
export class RowSplitter {
  readonly #delimiter: Delimiter;
  readonly #taker: RowTaker;
  readonly #plain: PlainRow;
  /** The beginning of a row whose end has not come yet. */
  #rest = "";
  #line = 1;
  #skipping = false;

  constructor(delimiter: Delimiter, taker: RowTaker) {
    this.#delimiter = delimiter;
    this.#taker = taker;
    this.#plain = new PlainRow(delimiter);
  }

  push(piece: string): void {
    const text = this.#rest + piece;
    const end = text.lastIndexOf("\n") + 1;
    this.#rest = text.slice(end);
    if (end > 0) this.#split(text.slice(0, end), false);
    if (this.#rest.length > LONGEST_ROW) this.#skipLongLine();
  }

  end(): void {
    const text = this.#rest;
    this.#rest = "";
    if (text !== "") this.#split(text, true);
  }

  #split(text: string, last: boolean): void {
    const whole = this.#skipping ? this.#afterLongLine(text) : text;
    if (whole.includes('"')) this.#splitQuoted(whole, last);
    else this.#splitPlain(whole);
  }

  #splitPlain(text: string): void {
    for (let start = 0; start < text.length; this.#line++) {
      const newline = text.indexOf("\n", start);
      const next = newline < 0 ? text.length : newline;
      const end = next > start && text.charCodeAt(next - 1) === 13 ? next - 1 : next;
      if (end > start) this.#taker.row(this.#plain.read(text, start, end), this.#line);
      start = next + 1;
    }
  }

  #splitQuoted(text: string, last: boolean): void {
    let bytes = Buffer.from(text);
    while (bytes.length > 0) {
      const problem = this.#parse(bytes);
      if (problem === undefined) return;
      bytes = bytes.subarray(problem.after);
      if (problem.open && !last && bytes.length <= LONGEST_ROW) {
        this.#rest = bytes.toString() + this.#rest;
        return;
      }
      const end = bytes.indexOf("\n") + 1 || bytes.length;
      const line = bytes.toString("utf8", 0, end).replace(/\r?\n$/, "");
      this.#taker.bad(problem.open ? "a quote is opened and never closed" : problem.reason, this.#line, line);
      this.#line++;
      bytes = bytes.subarray(end);
    }
  }

  /** Takes rows until one makes no sense; `after` is where the last good one ended. */
  #parse(bytes: Buffer): { reason: string; open: boolean; after: number } | undefined {
    let after = 0;
    try {
      parse(bytes, {
        delimiter: this.#delimiter,
        record_delimiter: ["\r\n", "\n"],
        relax_column_count: true,
        max_record_size: 0,
        on_record: (cells, { bytes_records }) => {
          const line = this.#line;
          // csv-parse counts the line ends inside of cells its own way.
          this.#line += newlines(bytes, after, bytes_records);
          after = bytes_records;
          if (cells.length > 1 || cells[0] !== "") this.#taker.row(new CutRow(cells), line);
          return null;
        },
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      // The number that csv-parse adds counts from the start of this piece.
      const reason = error.message.replace(/ at line \d+/, "");
      return { reason, open: error.code === "CSV_QUOTE_NOT_CLOSED", after };
    }
  }

  #skipLongLine(): void {
    if (!this.#skipping) {
      this.#taker.bad(`the line is longer than ${LONGEST_ROW} characters`, this.#line, this.#rest.slice(0, 200));
    }
    this.#skipping = true;
    this.#rest = "";
  }

  #afterLongLine(text: string): string {
    this.#skipping = false;
    this.#line++;
    const end = text.indexOf("\n") + 1;
    return end > 0 ? text.slice(end) : "";
  }
}

function newlines(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(10, from); at >= 0 && at < to; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
