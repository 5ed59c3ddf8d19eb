import type { Gap, ReadOptions } from "../journal.js";
import type { Keys } from "./keys.js";
import type { Wanted } from "./lines.js";
import type { Header } from "./segment.js";
import { offsetsAt, type State } from "./walk.js";

export interface Reading extends ReadOptions {
  readonly stream: string;
  readonly keys: Keys;
  readonly gap: (gap: Gap) => void;
}

/** How far a read has come, and what it wants. */
export class Course {
  readonly next: Float64Array;
  /** `next` as it was in front of the append at hand. */
  readonly before: Float64Array;
  readonly nothing: Wanted;
  /** The segment to begin with. */
  readonly start: number;
  readonly #wanted: Wanted;
  readonly #byTime: boolean;
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
    this.#byTime = "arrived" in from;
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
    if (this.#byTime) return created < this.#arrived;
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
    if (!this.#byTime) this.jump("it is no longer kept", begins);
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
