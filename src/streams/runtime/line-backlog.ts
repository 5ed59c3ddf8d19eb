import type { LineSink } from "../component/definition.js";
import { floatsFromText, floatsToText } from "../record/json.js";
import type { StreamRecord } from "../record/record.js";
import { type Backlog, type Load, PAGE, type Page } from "./backlog.js";

/** Kept beside each line: event time, partition, offset. */
const NUMBERS = 3;

/**
 * Records as the lines that they become. A record that waits a quarter of a second for its write outlives two collections of the
 * young generation, and copying it and all that hangs on it costs more than making its line.
 */
export class LineBacklog implements Backlog {
  readonly #sink: LineSink<unknown>;
  #blocks: Block[] = [];
  #length = 0;

  constructor(sink: LineSink<unknown>) {
    this.#sink = sink;
  }

  get length(): number {
    return this.#length;
  }

  push(record: StreamRecord): boolean {
    // A row that was refused before comes back as its line.
    const line = typeof record.value === "string" ? record.value : this.#sink.line(record);
    if (line === undefined) return false;
    let block = this.#blocks.at(-1);
    if (!block?.open) this.#blocks.push((block = new Block()));
    block.push(record, line);
    this.#length++;
    return true;
  }

  /** A sink of lines knows of no time but that of its records. */
  mark(): void {}

  drop(count: number): void {
    this.#take(count);
  }

  clear(): number {
    const lines = this.#length;
    this.drop(lines);
    return lines;
  }

  pages(count: number): Page[] {
    return this.#look(count).map(pageOf);
  }

  restore(content: unknown): void {
    const block = Block.of(content as Content);
    this.#blocks.push(block);
    this.#length += block.count;
  }

  next(size: number): Load {
    const pieces = this.#take(size);
    const text = pieces.map(({ block, from, to }) => block.text(from, to)).join("\n");
    return {
      count: pieces.reduce((sum, { from, to }) => sum + to - from, 0),
      write: () => this.#sink.writeLines(text) as Promise<undefined>,
      record(i) {
        for (const { block, from, to } of pieces) {
          if (i < to - from) return block.record(from + i);
          i -= to - from;
        }
        throw new RangeError("no such record");
      },
      pages: () => pieces.map(pageOf),
    };
  }

  /** Takes so many lines off the front. */
  #take(count: number): Piece[] {
    const pieces = this.#look(count);
    let gone = 0;
    for (const { block, from, to } of pieces) {
      block.take(to);
      if (to === block.count) gone++;
      this.#length -= to - from;
    }
    this.#blocks.splice(0, gone);
    return pieces;
  }

  /** So many lines at the front. No more come to their blocks. */
  #look(count: number): Piece[] {
    const pieces: Piece[] = [];
    for (let left = count, at = 0; left > 0 && at < this.#blocks.length; at++) {
      const block = this.#blocks[at]!;
      block.close();
      const from = block.head;
      const to = Math.min(block.count, from + left);
      pieces.push({ block, from, to });
      left -= to - from;
    }
    return pieces;
  }
}

interface Piece {
  readonly block: Block;
  /** Line numbers in the block. */
  readonly from: number;
  readonly to: number;
}

/**
 * A piece as it stands on disk: its lines, and of each the key, the stream (one for all where they have but one), and the
 * numbers as base64: as decimals they would take longer than all the rest.
 */
type Content = readonly [text: string, keys: readonly string[], streams: string | readonly string[], numbers: string];

function pageOf({ block, from, to }: Piece): Page {
  return { count: to - from, text: JSON.stringify(block.content(from, to)) };
}

/** Lines in a row and whose they are. One text a block: a single object for the garbage collector, and little to copy. */
class Block {
  /** Undefined once the block is closed. */
  #lines: string[] | undefined = [];
  #text = "";
  #keys: string[] = [];
  #streams: string[] = [];
  readonly #numbers = new Float64Array(PAGE * NUMBERS);
  #head = 0;
  #count = 0;

  static of([text, keys, streams, numbers]: Content): Block {
    const block = new Block();
    block.#lines = undefined;
    block.#text = text;
    block.#keys = [...keys];
    block.#streams = typeof streams === "string" ? keys.map(() => streams) : [...streams];
    block.#numbers.set(floatsFromText(numbers));
    block.#count = keys.length;
    return block;
  }

  /** Whether more lines may come. */
  get open(): boolean {
    return this.#lines !== undefined;
  }

  /** The first line that was not taken. */
  get head(): number {
    return this.#head;
  }

  get count(): number {
    return this.#count;
  }

  push({ key, eventTime, position: { stream, partition, offset } }: StreamRecord, line: string): void {
    this.#lines!.push(line);
    this.#keys.push(key);
    this.#streams.push(stream);
    const at = this.#count++ * NUMBERS;
    this.#numbers[at] = eventTime;
    this.#numbers[at + 1] = partition;
    this.#numbers[at + 2] = offset;
    if (this.#count === PAGE) this.close();
  }

  take(to: number): void {
    this.#head = to;
  }

  content(from: number, to: number): Content {
    const streams = this.#streams.slice(from, to);
    return [
      this.text(from, to),
      this.#keys.slice(from, to),
      streams.every((stream) => stream === streams[0]) ? streams[0]! : streams,
      floatsToText(this.#numbers.subarray(from * NUMBERS, to * NUMBERS)),
    ];
  }

  /** Some lines with a line feed between two. */
  text(from: number, to: number): string {
    return from === 0 && to === this.#count ? this.#text : this.#text.split("\n").slice(from, to).join("\n");
  }

  record(i: number): StreamRecord<string> {
    const at = i * NUMBERS;
    return {
      key: this.#keys[i]!,
      eventTime: this.#numbers[at]!,
      value: this.text(i, i + 1),
      position: { stream: this.#streams[i]!, partition: this.#numbers[at + 1]!, offset: this.#numbers[at + 2]! },
    };
  }

  close(): void {
    if (!this.#lines) return;
    this.#text = this.#lines.join("\n");
    this.#lines = undefined;
  }
}
