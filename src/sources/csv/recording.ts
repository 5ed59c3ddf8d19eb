import { createReadStream } from "node:fs";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import type { Rejection } from "../../streams/component/context.js";
import { Positions } from "../../streams/record/partition.js";
import type { Batch, Element } from "../../streams/record/record.js";
import type { FieldValue, Reading } from "../../streams/record/values.js";
import { readCell } from "./cells.js";
import { findDelimiter, type Delimiter } from "./delimiter.js";
import { fileKeys, MARK_COLUMN, readHeader, type Header } from "./header.js";
import { type Row, textsOf } from "./row.js";
import { RowSplitter } from "./rows.js";
import { TimeReader } from "./time.js";

const PIECE = 1 << 17;
const BATCH = 512;

export interface CsvOptions {
  /** Names of the columns; absent: the usual names are looked for. */
  readonly key?: string | undefined;
  readonly time?: string | undefined;
  /** Rows from here on (inclusive), in ms since the epoch. */
  readonly from?: number | undefined;
  /** Rows before this (exclusive), in ms since the epoch. */
  readonly to?: number | undefined;
  /** The key of all rows where there is no key column. Absent: the file's name without its extension. */
  readonly fallbackKey?: string | undefined;
  /** Where the positions come from, shared by the files of one source. Absent: a stream of one partition. */
  readonly positions?: Positions | undefined;
}

/**
 * Reads a CSV file as batches of readings, in the order of its rows and in memory that does not grow with the file.
 * Rows that cannot be read go to `reject` with `file:line`. Throws ConfigError where the file or its header is no use.
 */
export async function* readCsv(
  path: string,
  options: CsvOptions,
  reject: (rejection: Rejection) => void,
): AsyncGenerator<Batch<Reading>> {
  for await (const { rows, last } of readPieces(path, options, reject)) yield* rows.take(last ? 1 : BATCH);
}

/** Throws what readCsv would throw at once: reads no further than the header. */
export async function checkCsv(path: string, options: CsvOptions): Promise<void> {
  for await (const { rows } of readPieces(path, options, () => undefined)) if (rows.named) return;
}

/** Feeds the file piece by piece to a row reader, which holds what has come of it so far. */
async function* readPieces(
  path: string,
  options: CsvOptions,
  reject: (rejection: Rejection) => void,
): AsyncGenerator<{ rows: RowReader; last: boolean }> {
  let rows: RowReader | undefined;
  let splitter: RowSplitter | undefined;
  try {
    for await (const piece of createReadStream(path, { encoding: "utf8", highWaterMark: PIECE })) {
      let text = piece as string;
      if (rows === undefined || splitter === undefined) {
        if (text.startsWith("\uFEFF")) text = text.slice(1);
        const delimiter = findDelimiter(text);
        rows = new RowReader(path, delimiter, options, reject);
        splitter = new RowSplitter(delimiter, rows);
      }
      splitter.push(text);
      yield { rows, last: false };
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw new ConfigError(`cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
  splitter?.end();
  if (!rows?.named) throw new ConfigError(`${path} is empty: its first line must name the columns`);
  yield { rows, last: true };
}

/** Makes elements of rows. */
class RowReader {
  readonly #times = new TimeReader();
  readonly #positions: Positions;
  readonly #fallbackKey: string;
  readonly #from: number;
  readonly #to: number;
  readonly #decimalComma: boolean;
  #header: Header | undefined;
  #index = -1;
  #ready: Element<Reading>[] = [];

  constructor(
    readonly path: string,
    readonly delimiter: Delimiter,
    readonly options: CsvOptions,
    readonly reject: (rejection: Rejection) => void,
  ) {
    this.#positions = options.positions ?? new Positions("csv", 1);
    this.#fallbackKey = options.fallbackKey ?? fileKeys([path])[0]!;
    this.#from = options.from ?? -Infinity;
    this.#to = options.to ?? Infinity;
    this.#decimalComma = delimiter !== ",";
  }

  /** Whether the header has been seen. */
  get named(): boolean {
    return this.#header !== undefined;
  }

  /** What is ready, in batches; fewer than `least` elements wait for the next call. */
  *take(least: number): Generator<Batch<Reading>> {
    let start = 0;
    for (; this.#ready.length - start >= least; start += BATCH) yield this.#ready.slice(start, start + BATCH);
    this.#ready = this.#ready.slice(start);
  }

  row(row: Row, line: number): void {
    const header = this.#header;
    if (header === undefined) {
      this.#header = readHeader(textsOf(row), this.path, this.options);
      return;
    }
    this.#index++;
    if (row.width !== header.width) {
      this.bad(`the header has ${header.width} columns, this row ${row.width}`, line, row);
      return;
    }
    const eventTime = header.time < 0 ? this.#index * 1000 : this.#times.read(row.text(header.time));
    if (Number.isNaN(eventTime)) {
      const advice = "write ISO 8601, YYYY-MM-DD hh:mm:ss, or epoch seconds or milliseconds";
      this.bad(`"${row.text(header.time)}" is not a time: ${advice}`, line, row);
      return;
    }
    if (eventTime < this.#from || eventTime >= this.#to) return;
    const key = header.key < 0 ? this.#fallbackKey : row.text(header.key).trim();
    if (key === "") {
      this.bad("the key is missing", line, row);
      return;
    }
    const mark = header.mark < 0 ? "" : row.text(header.mark).trim();
    if (mark === "") this.#reading(key, eventTime, row, header);
    else if (mark === "idle" || mark === "gone") {
      this.#ready.push({ key, eventTime, value: undefined, position: this.#positions.next(key), cause: mark });
    } else this.bad(`${MARK_COLUMN} says "${mark}": write idle, gone or nothing`, line, row);
  }

  bad(reason: string, line: number, payload: string | Row): void {
    if (this.#header === undefined) throw new ConfigError(`${this.path}:${line}: the header is broken: ${reason}`);
    const text = typeof payload === "string" ? payload : textsOf(payload).join(this.delimiter);
    this.reject({ reason, place: `${this.path}:${line}`, payload: text });
  }

  #reading(key: string, eventTime: number, row: Row, { fields }: Header): void {
    const value: Record<string, FieldValue> = {};
    for (let i = 0; i < fields.length; i++) {
      const { index, name } = fields[i]!;
      const number = row.number(index);
      const found = Number.isNaN(number) ? readCell(row.text(index), this.#decimalComma) : number;
      if (found !== undefined) value[name] = found;
    }
    this.#ready.push({ key, eventTime, value, position: this.#positions.next(key) });
  }
}
