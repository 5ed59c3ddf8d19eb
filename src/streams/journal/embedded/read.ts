import { messageOf } from "../../component/errors.js";
import type { Chunk, Gap, ReadOptions } from "../journal.js";
import type { Keys } from "./keys.js";
import { bodyText, readLines, type Wanted } from "./lines.js";
import type { Header } from "./segment.js";
import { kindOf, offsetsAt, type State, walk } from "./walk.js";

export interface Reading extends ReadOptions {
  readonly stream: string;
  readonly keys: Keys;
  readonly gap: (gap: Gap) => void;
}

/** The chunks of a log as it stood. */
export async function* readChunks(state: State, reading: Reading): AsyncGenerator<Chunk> {
  const { stream, keys } = reading;
  const course = new Course(state, reading);
  if (course.done()) return;
  await course.begin();
  for (let index = course.start; index < state.segments.length; index++) {
    const segment = state.segments[index]!;
    if (segment.header) course.jump("appends are missing in front of a segment", segment.header.first);
    try {
      for await (const piece of walk(segment)) {
        if (!piece.sound) {
          const reason = `${segment.path}: the ${piece.end - piece.at} bytes from ${piece.at} on are damaged`;
          course.jump(reason, await offsetsAt(state, index, piece.end, keys), true);
          if (course.done()) return;
          continue;
        }
        const body = bodyText(piece.body);
        const kind = kindOf(body);
        if (kind.kind === "segment") continue;
        if (kind.kind === "epoch") {
          if (course.under(kind.arrived)) yield { arrived: kind.arrived, elements: [], texts: [], epoch: kind.epoch };
          continue;
        }
        course.before.set(course.next);
        const wanted = course.wantedAt(kind.arrived);
        const { elements, texts, jumped, unreadable } = readLines(body, stream, keys, course.next, wanted);
        if (jumped) {
          course.next.set(course.before);
          course.jump(`${segment.path}: appends are missing`, await offsetsAt(state, index, piece.at, keys));
          readLines(body, stream, keys, course.next, course.nothing);
        }
        if (unreadable) course.tell(`${segment.path}: a text of the append at ${piece.at} is no JSON`);
        if (elements.length > 0) yield { arrived: kind.arrived, elements, texts };
        if (course.done()) return;
      }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
      course.jump(
        `${segment.path} was given up meanwhile: ${messageOf(cause)}`,
        await offsetsAt(state, index + 1, 0, keys),
      );
    }
  }
}

/** How far a read has come, and what it wants. */
class Course {
  readonly next: Float64Array;
  /** `next` as it was in front of the append at hand. */
  readonly before: Float64Array;
  readonly nothing: Wanted;
  /** The segment to begin with. */
  readonly start: number;
  readonly #wanted: Wanted;
  readonly #arrived: number;
  readonly #bounded: boolean;
  readonly #state: State;
  readonly #reading: Reading;

  constructor(state: State, reading: Reading) {
    const { from, until, partitions } = reading;
    const count = state.ends.length;
    const selected = (partition: number) => !partitions || partitions.has(partition);
    const offsets = "offsets" in from ? from.offsets : new Array<number>(count).fill(0);
    this.#state = state;
    this.#reading = reading;
    this.#arrived = "arrived" in from ? from.arrived : -Infinity;
    this.#bounded = until !== undefined;
    this.#wanted = {
      from: Float64Array.from(state.ends, (_, p) => (selected(p) ? offsets[p]! : Infinity)),
      until: Float64Array.from(state.ends, (_, p) => until?.[p] ?? Infinity),
    };
    this.nothing = { from: new Float64Array(count).fill(Infinity), until: this.#wanted.until };
    this.start = Math.max(
      0,
      state.segments.findLastIndex(({ header }) => header && this.#liesBehind(header)),
    );
    this.next = new Float64Array(count);
    this.before = new Float64Array(count);
  }

  /** Whether the beginning of the read is within or behind this segment. A mark may stand between two with equal offsets. */
  #liesBehind({ created, first }: Header): boolean {
    if (this.#arrived > -Infinity) return created < this.#arrived;
    const { from } = this.#wanted;
    return (
      first.every((offset, p) => offset <= from[p]!) &&
      first.some((offset, p) => offset < from[p]! && from[p] !== Infinity)
    );
  }

  /** Finds the offsets in front of the first segment that is read. */
  async begin(): Promise<void> {
    const { start } = this;
    const header = this.#state.segments[start]?.header;
    const begins = header?.first ?? (await offsetsAt(this.#state, start, 0, this.#reading.keys));
    if (this.#arrived === -Infinity) this.jump("it is no longer kept", begins);
    this.next.set(begins);
  }

  /** Whether all is read that is wanted. */
  done(): boolean {
    const { from, until } = this.#wanted;
    return (
      this.#bounded && this.next.every((next, p) => from[p] === Infinity || from[p]! >= until[p]! || next >= until[p]!)
    );
  }

  wantedAt(arrived: number): Wanted {
    return arrived >= this.#arrived ? this.#wanted : this.nothing;
  }

  /** Whether the beginning has been reached. */
  under(arrived: number): boolean {
    return (
      arrived >= this.#arrived &&
      this.next.every((next, p) => this.#wanted.from[p] === Infinity || next >= this.#wanted.from[p]!)
    );
  }

  /** Goes on at these offsets, and tells where something that is wanted was left out. */
  jump(reason: string, resume: ArrayLike<number>, damaged = false): void {
    const { from, until } = this.#wanted;
    const expected = this.next.slice();
    let [lost, begun] = [false, true];
    for (let p = 0; p < expected.length; p++) {
      this.next[p] = Math.max(expected[p]!, resume[p]!);
      if (from[p] === Infinity) continue;
      if (expected[p]! < from[p]!) begun = false;
      expected[p] = Math.max(expected[p]!, from[p]!);
      if (this.next[p]! > expected[p]! && expected[p]! < until[p]!) lost = true;
    }
    if (lost || (damaged && begun)) {
      this.#reading.gap({
        reason,
        from: [...expected],
        resume: Array.from(this.next, (next, p) => Math.max(next, expected[p]!)),
      });
    }
  }

  tell(reason: string): void {
    const next = [...this.next];
    this.#reading.gap({ reason, from: next, resume: next });
  }
}
