import type { Element } from "../../record/record.js";
import { isMark } from "../../record/record.js";
import type { Chunk, Gap, JournalStream, Offsets, ReadOptions } from "../journal.js";
import { FrameBuffer } from "./frame-buffer.js";
import { LINE_FEED, SPACE } from "./frame.js";
import type { Groups } from "./groups.js";
import type { Keys } from "./keys.js";
import { MARKS } from "./lines.js";
import { readChunks } from "./read.js";
import type { Written } from "./segment.js";
import type { State } from "./walk.js";
import type { Writer } from "./writer.js";

const TAB = 0x09;

export interface EmbeddedStreamOptions {
  readonly name: string;
  /** What the positions of its elements call the stream. */
  readonly stream: string;
  readonly keys: Keys;
  readonly writer: Writer;
  readonly groups: Groups;
  readonly state: State;
  /** Lets other processes have the folder. */
  readonly unlock: () => void;
}

/** A stream in segment files of its own folder: see frame.ts for how they are written. */
export class EmbeddedStream implements JournalStream {
  readonly name: string;
  readonly partitions: number;
  readonly #stream: string;
  readonly #keys: Keys;
  readonly #writer: Writer;
  readonly #groups: Groups;
  readonly #unlock: () => void;
  readonly #buffer = new FrameBuffer();
  readonly #ends: Float64Array;
  /** Ends as they will be when the append under way has been written. */
  readonly #ahead: Float64Array;
  #arrived: number;

  constructor({ name, stream, keys, writer, groups, state, unlock }: EmbeddedStreamOptions) {
    this.name = name;
    this.partitions = state.ends.length;
    this.#stream = stream;
    this.#keys = keys;
    this.#writer = writer;
    this.#groups = groups;
    this.#unlock = unlock;
    this.#ends = state.ends;
    this.#ahead = state.ends.slice();
    this.#arrived = state.arrived;
  }

  begins(): Offsets {
    return this.#writer.begins ?? this.ends();
  }

  ends(): Offsets {
    return [...this.#ends];
  }

  append(elements: readonly Element[], texts: readonly string[], arrived: number): void {
    const count = elements.length;
    if (count === 0) return;
    if (texts.length !== count) throw new RangeError(`${count} elements came with ${texts.length} texts`);
    const time = Math.max(this.#arrived, arrived);
    const buffer = this.#buffer;
    this.#ahead.set(this.#ends);
    buffer.begin();
    buffer.ascii("records ");
    buffer.number(time);
    buffer.sign(SPACE);
    buffer.number(count);
    buffer.sign(LINE_FEED);
    for (let i = 0; i < count; i++) this.#line(elements[i]!, texts[i]!);
    this.#write(time);
    this.#ends.set(this.#ahead);
  }

  appendEpoch(epoch: number, arrived: number): void {
    const time = Math.max(this.#arrived, arrived);
    this.#buffer.begin();
    this.#buffer.ascii(`epoch ${time} ${epoch}`);
    this.#buffer.sign(LINE_FEED);
    this.#write(time);
  }

  sync(): Promise<void> {
    return this.#writer.sync();
  }

  read(options: ReadOptions, gap: (gap: Gap) => void = () => undefined): AsyncIterable<Chunk> {
    const { segments } = this.#writer;
    const state = {
      segments: segments.map((segment) => ({ ...segment })),
      ends: this.#ends.slice(),
      arrived: this.#arrived,
      torn: 0,
    };
    return readChunks(state, { ...options, gap, stream: this.#stream, keys: this.#keys });
  }

  commit(group: string, offsets: Offsets): Promise<void> {
    if (offsets.length !== this.partitions) {
      throw new RangeError(
        `${this.name} has ${this.partitions} partitions; offsets of ${offsets.length} were committed`,
      );
    }
    return this.#groups.commit(group, offsets);
  }

  committed(group: string): Offsets | undefined {
    return this.#groups.get(group);
  }

  /** Lets segments go that may go, as is done anyway whenever one is full. */
  retain(now: number): void {
    this.#writer.retain(now);
  }

  /** How far it has been written, for others that read the files; undefined where nothing was ever appended. */
  get written(): Written | undefined {
    const newest = this.#writer.segments.at(-1);
    return newest && { segment: newest.number, size: newest.size };
  }

  /** What it takes on disk. */
  get bytes(): number {
    return this.#writer.segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether all that was appended survives a power cut. */
  get synced(): boolean {
    return this.#writer.synced;
  }

  async close(): Promise<void> {
    await this.#groups.settled();
    try {
      await this.#writer.close();
    } finally {
      this.#unlock();
    }
  }

  #line(element: Element, text: string): void {
    const { key, partition, written } = this.#keys.of(element.key);
    const { position } = element;
    const expected = this.#ahead[partition]!;
    if (position.partition !== partition || position.offset !== expected) {
      throw new RangeError(
        `${this.name}: "${key}" goes on at ${partition}@${expected}, not at ${position.partition}@${position.offset}`,
      );
    }
    this.#ahead[partition] = expected + 1;
    const buffer = this.#buffer;
    buffer.ascii(written);
    buffer.sign(TAB);
    buffer.number(element.eventTime);
    buffer.sign(TAB);
    buffer.number(position.offset);
    buffer.sign(TAB);
    if (isMark(element)) buffer.ascii(MARKS[element.cause]);
    // Inside JSON a bare line feed can only be white space.
    else buffer.text(text.includes("\n") ? text.replaceAll("\n", " ") : text);
    buffer.sign(LINE_FEED);
  }

  #write(arrived: number): void {
    this.#writer.write(this.#buffer.end(), this.#ends, arrived);
    this.#arrived = arrived;
  }
}
