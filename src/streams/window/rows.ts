import { floatsFromText, floatsToText } from "../record/json.js";
import type { Position, StreamRecord } from "../record/record.js";
import { measuredFields, measureFields, type Measured } from "./measured.js";
import { choose, type SavedRows } from "./saved-rows.js";
import { summarizeColumn } from "./summarize.js";

const TIME = 0;
const OFFSET = 1;
/** Index into `origins`: which stream and partition the offset belongs to. */
const ORIGIN = 2;
const ADDRESS = 3;

const FEWEST_ROWS = 4;
const EMPTY = new Float64Array(0);

/** A key may not make up columns without end. */
export const MOST_FIELDS = 256;

/**
 * The samples of one key that its open windows may still need, oldest first, in one typed array: a row holds the event
 * time, the position and the fields of a reading, NaN where it lacked one. A row keeps its number for as long as it
 * stays; only a row that is put in before it moves it on by one.
 */
export class Rows {
  /** Column names. Grows where no one said which fields are wanted. */
  fields: readonly string[];
  readonly #discover: boolean;
  #origins: Pick<Position, "stream" | "partition">[] = [];
  #data: Float64Array = EMPTY;
  #width: number;
  /** Slots of the first row and after the last one. */
  #head = 0;
  #tail = 0;
  /** What to add to a slot for the number of its row. */
  #shift = 0;

  constructor(fields: readonly string[] | "all") {
    this.#discover = fields === "all";
    this.fields = fields === "all" ? [] : fields;
    this.#width = ADDRESS + this.fields.length;
  }

  /** The number of the first row. */
  get first(): number {
    return this.#head + this.#shift;
  }

  /** One more than the number of the last row. */
  get end(): number {
    return this.#tail + this.#shift;
  }

  get size(): number {
    return this.#tail - this.#head;
  }

  /** How much room the array takes. */
  get bytes(): number {
    return this.#data.byteLength;
  }

  /** Adds a row behind all others. A value that cannot be read throws and leaves the rows as they were. */
  append({ eventTime, position, value }: StreamRecord<Measured>): void {
    if (this.#discover) this.#widen(value);
    const width = this.#width;
    if (this.#tail * width === this.#data.length) this.#stretch();
    const data = this.#data;
    const at = this.#tail * width;
    data[at + TIME] = eventTime;
    data[at + OFFSET] = position.offset;
    data[at + ORIGIN] = this.#originOf(position);
    measureFields(value, this.fields, data, at + ADDRESS);
    this.#tail++;
  }

  /** The same in order of time, behind the rows of the same time; returns its number. */
  insert(record: StreamRecord<Measured>): number {
    const newest = this.end - 1;
    const inOrder = this.size === 0 || record.eventTime >= this.time(newest);
    this.append(record);
    return inOrder ? newest + 1 : this.#sortIn();
  }

  /** Event time of a row, ms since the epoch. */
  time(row: number): number {
    return this.#data[(row - this.#shift) * this.#width + TIME]!;
  }

  /** Writes the summary of a field of some rows to `into`, times in seconds from the base. */
  summarize(field: number, from: number, to: number, base: number, into: Float64Array, at: number): void {
    const width = this.#width;
    const begin = (from - this.#shift) * width;
    summarizeColumn(this.#data, width, ADDRESS + field, begin, begin + (to - from) * width, base, into, at);
  }

  times(from: number, to: number): Float64Array {
    return this.#column(TIME, from, to);
  }

  values(field: number, from: number, to: number): Float64Array {
    return this.#column(ADDRESS + field, from, to);
  }

  position(row: number): Position {
    const at = (row - this.#shift) * this.#width;
    const { stream, partition } = this.#origins[this.#data[at + ORIGIN]!]!;
    return { stream, partition, offset: this.#data[at + OFFSET]! };
  }

  /** The first row at or after a time, of rows in order of time. */
  from(time: number): number {
    const data = this.#data;
    const width = this.#width;
    let low = this.#head;
    let high = this.#tail;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (data[middle * width]! < time) low = middle + 1;
      else high = middle;
    }
    return low + this.#shift;
  }

  /** Lets go of the rows before this one. */
  drop(before: number): void {
    const slot = before - this.#shift;
    if (slot > this.#head) this.#head = Math.min(slot, this.#tail);
  }

  save(): SavedRows {
    const data = floatsToText(this.#data.subarray(this.#head * this.#width, this.#tail * this.#width));
    const origins = this.#origins.map(({ stream, partition }) => [stream, partition] as const);
    return { fields: this.fields, all: this.#discover, origins, first: this.first, data };
  }

  /** Takes rows that were saved, into none. Throws ConfigError where they lack a field that is wanted now. */
  load(saved: SavedRows): void {
    this.#data = choose(floatsFromText(saved.data), saved, ADDRESS, this.#discover ? "all" : this.fields);
    if (this.#discover && saved.all) this.fields = saved.fields;
    this.#width = ADDRESS + this.fields.length;
    this.#origins = saved.origins.map(([stream, partition]) => ({ stream, partition }));
    this.#head = 0;
    this.#tail = this.#data.length / this.#width;
    this.#shift = saved.first;
  }

  #column(column: number, from: number, to: number): Float64Array {
    const values = new Float64Array(to - from);
    const width = this.#width;
    let at = (from - this.#shift) * width + column;
    for (let i = 0; i < values.length; i++, at += width) values[i] = this.#data[at]!;
    return values;
  }

  /** Moves the last row to where its time belongs. */
  #sortIn(): number {
    const width = this.#width;
    const last = this.#tail - 1;
    const moved = this.#data.slice(last * width, this.#tail * width);
    let row = this.from(moved[TIME]!);
    while (this.time(row) === moved[TIME]) row++;
    const at = (row - this.#shift) * width;
    this.#data.copyWithin(at + width, at, last * width);
    this.#data.set(moved, at);
    return row;
  }

  /** Room for another row: that of rows let go of, where it is a quarter, or else half as much again. */
  #stretch(): void {
    const width = this.#width;
    const slots = this.#data.length / width;
    const kept = this.#data.subarray(this.#head * width, this.#tail * width);
    const reuse = slots > 0 && this.#head >= slots / 4;
    if (!reuse) this.#data = new Float64Array(Math.max(FEWEST_ROWS, Math.ceil(slots * 1.5)) * width);
    this.#data.set(kept);
    this.#shift += this.#head;
    this.#tail -= this.#head;
    this.#head = 0;
  }

  #widen(value: Measured): void {
    const added = measuredFields(value).filter((field) => !this.fields.includes(field));
    const fields = [...this.fields, ...added].slice(0, MOST_FIELDS);
    if (fields.length === this.fields.length) return;
    const before = this.#width;
    const slots = this.#data.length / before;
    const width = ADDRESS + fields.length;
    const data = new Float64Array(slots * width).fill(NaN);
    for (let slot = this.#head; slot < this.#tail; slot++)
      data.set(this.#data.subarray(slot * before, (slot + 1) * before), slot * width);
    this.fields = fields;
    this.#width = width;
    this.#data = data;
  }

  #originOf({ stream, partition }: Position): number {
    const origins = this.#origins;
    for (let i = 0; i < origins.length; i++)
      if (origins[i]!.partition === partition && origins[i]!.stream === stream) return i;
    return origins.push({ stream, partition }) - 1;
  }
}
