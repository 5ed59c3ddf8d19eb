import { type FileHandle, open } from "node:fs/promises";
import { messageOf } from "../../component/errors.js";
import type { Chunk, Gap, Offsets } from "../journal.js";
import type { SharedRead, SharedStream } from "../shared.js";
import { Course } from "./course.js";
import { FrameReader, type Piece } from "./frame-reader.js";
import { Keys } from "./keys.js";
import { bodyText } from "./lines.js";
import { streamFolder } from "./open.js";
import { readOwnLines } from "./own-lines.js";
import { listSegments, type Segment, segmentPath, type Written } from "./segment.js";
import { kindOf, offsetsAt, type State } from "./walk.js";

export interface TailOptions {
  /** The folder of all streams. */
  readonly folder: string;
  readonly name: string;
  /** What the positions of its elements call the stream. */
  readonly as: string;
  readonly partitions: number;
  /** As it stood when its writer was asked; `written` is absent where nothing was ever appended. */
  readonly begins: Offsets;
  readonly ends: Offsets;
  readonly written: Written | undefined;
  readonly commit: (offsets: Offsets, partitions: ReadonlySet<number>) => Promise<void>;
}

/** Further behind than so many bytes, a read waits for the disk in turns of its own. */
const NEAR = 1024 * 1024;

/**
 * A stream that another process writes, read from its files as it grows. It reads no further than it was told that whole
 * frames stand, and looks at no more than the keys of partitions that are not wanted.
 */
export class Tail implements SharedStream {
  readonly partitions: number;
  readonly #options: TailOptions;
  readonly #keys: Keys;
  #waiting: (() => void)[] = [];
  #written: Written;

  constructor(options: TailOptions) {
    this.#options = options;
    this.partitions = options.partitions;
    this.#keys = new Keys(options.partitions);
    this.#written = options.written ?? { segment: 0, size: 0 };
  }

  /** Its writer has come so far. */
  grown(written: Written): void {
    this.#written = written;
    this.#wake();
  }

  begins(): Promise<Offsets> {
    return Promise.resolve(this.#options.begins);
  }

  ends(): Promise<Offsets> {
    return Promise.resolve(this.#options.ends);
  }

  commit(offsets: Offsets, partitions: ReadonlySet<number>): Promise<void> {
    return this.#options.commit(offsets, partitions);
  }

  async *read(read: SharedRead, stop: AbortSignal, gap: (gap: Gap) => void = () => undefined): AsyncGenerator<Chunk> {
    const { as: stream } = this.#options;
    const wake = (): void => this.#wake();
    stop.addEventListener("abort", wake);
    try {
      while (this.#written.segment === 0) if (!(await this.#more(0, 0, stop))) return;
      const segments = await this.#segments();
      const reading = { from: { offsets: read.from }, partitions: read.partitions, stream, keys: this.#keys, gap };
      const course = new Course(this.#stateOf(segments, new Float64Array(this.partitions)), reading);
      await course.begin();
      yield* this.#readFrom(segments[course.start]!.number, course, stop);
    } finally {
      stop.removeEventListener("abort", wake);
    }
  }

  /** One segment after the other, from this one on. */
  async *#readFrom(first: number, course: Course, stop: AbortSignal): AsyncGenerator<Chunk> {
    for (let number = first; ;) {
      const file = await this.#open(number);
      if (file) {
        try {
          yield* this.#readSegment(number, file, course, stop);
        } finally {
          await file.close();
        }
      }
      if (stop.aborted) return;
      const next = (await this.#segments()).find((segment) => segment.number > number)!;
      const reason = file ? "appends are missing in front of a segment" : `${next.path} is the oldest that is kept`;
      if (next.header) course.jump(reason, next.header.first);
      ({ number } = next);
    }
  }

  /** What a segment holds and what comes to it, until the next one has been begun. */
  async *#readSegment(number: number, file: FileHandle, course: Course, stop: AbortSignal): AsyncGenerator<Chunk> {
    const reader = new FrameReader(file, 0, Infinity);
    for (let read = 0; ;) {
      const full = this.#written.segment > number;
      const size = full ? (await file.stat()).size : this.#written.size;
      reader.extend(size);
      const near = size - read < NEAR;
      do {
        for (let piece = reader.next(); piece; piece = reader.next()) {
          const chunk = await this.#take(piece, number, course);
          if (chunk) yield chunk;
          if (stop.aborted) return;
        }
      } while (near ? reader.fillAtOnce() : await reader.fill());
      read = size;
      if (full || !(await this.#more(number, size, stop))) return;
    }
  }

  async #take(piece: Piece, number: number, course: Course): Promise<Chunk | undefined> {
    if (!piece.sound) {
      const { state, index, path } = await this.#place(number, course);
      const reason = `${path}: the ${piece.end - piece.at} bytes from ${piece.at} on are damaged`;
      course.jump(reason, await offsetsAt(state, index, piece.end, this.#keys), true);
      return undefined;
    }
    const body = bodyText(piece.body);
    const kind = kindOf(body);
    if (kind.kind !== "records") return undefined;
    course.before.set(course.next);
    const wanted = course.wantedAt(kind.arrived);
    const { as: stream } = this.#options;
    const read = () => readOwnLines(body, stream, this.#keys, course.next, wanted);
    let decoded = read();
    if (decoded.jumped || decoded.unreadable) {
      const { state, index, path } = await this.#place(number, course);
      if (decoded.jumped) {
        course.next.set(course.before);
        course.jump(`${path}: appends are missing`, await offsetsAt(state, index, piece.at, this.#keys));
        decoded = read();
      }
      if (decoded.unreadable) course.tell(`${path}: a text of the append at ${piece.at} is no JSON`);
    }
    const { elements, texts } = decoded;
    return elements.length > 0 ? { arrived: kind.arrived, elements, texts } : undefined;
  }

  /** Where a segment stands among those that are kept now. */
  async #place(number: number, course: Course) {
    const segments = await this.#segments();
    const index = segments.findIndex((segment) => segment.number === number);
    const state = this.#stateOf(segments, course.next);
    return { state, index: Math.max(index, 0), path: segments[index]?.path ?? `segment ${number}` };
  }

  /** Those that have been written, as far as that was said. */
  async #segments(): Promise<Segment[]> {
    const { folder, name } = this.#options;
    const { segment: newest, size } = this.#written;
    const listed = (await listSegments(streamFolder(folder, name))).filter(({ number }) => number <= newest);
    return listed.map((segment) => (segment.number === newest ? { ...segment, size } : segment));
  }

  #stateOf(segments: Segment[], ends: Float64Array): State {
    return { segments, ends, arrived: 0, torn: 0 };
  }

  async #open(number: number): Promise<FileHandle | undefined> {
    const { folder, name } = this.#options;
    try {
      return await open(segmentPath(streamFolder(folder, name), number), "r");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new Error(`the journal of "${name}" cannot be read: ${messageOf(cause)}`, { cause });
    }
  }

  /** Resolves when there is more than this: false where the read is to stop. */
  async #more(number: number, size: number, stop: AbortSignal): Promise<boolean> {
    const { segment, size: written } = this.#written;
    if (stop.aborted) return false;
    if (segment > number || written > size) return true;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return !stop.aborted;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}
