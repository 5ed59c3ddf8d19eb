import { offsetOf } from "./message.js";

/** Where a message says that it belongs. */
export interface Link {
  /** Of its subject: one partition of one origin. */
  readonly subject: string;
  /** Its place on the server. */
  readonly sequence: number;
  /** The message of its subject before it on the server; 0 for none. */
  readonly predecessor: number;
  /** Offsets in the journal of its origin: of its first element, and behind its last. */
  readonly first: number;
  readonly next: number;
}

/** From the first offset that was expected to the first that there is. */
export interface Break {
  readonly reason: string;
  readonly from: number;
  readonly resume: number;
}

/**
 * Holds the messages of a partition against each other: a server that lets go of some, or lost them, delivers the next one
 * as if nothing had been.
 */
export class Chain {
  #start: number;
  #known: number;
  #trimmed = false;
  readonly #next = new Map<string, number>();

  /**
   * @param start the first sequence that has not been read whole
   * @param known the newest that is known to have been there
   */
  constructor(start: number, known = start - 1) {
    this.#start = Math.max(1, start);
    this.#known = known;
  }

  /** The first sequence that has not been read whole. */
  get start(): number {
    return this.#start;
  }

  /** What the stream holds, as a read of it begins. */
  begin(first: number, last: number): Break | undefined {
    this.#trimmed = first > this.#start;
    if (last >= this.#known) return undefined;
    const from = offsetOf(this.#start);
    this.#start = last + 1;
    this.#known = last;
    return {
      reason: "the server lost what it had acknowledged, or the stream was made anew",
      from,
      resume: offsetOf(this.#start),
    };
  }

  add({ subject, sequence, predecessor, first, next }: Link): Break | undefined {
    const expected = this.#next.get(subject);
    const from = offsetOf(this.#start);
    const lost =
      expected !== undefined
        ? first > expected
        : // Its predecessor should have been read; or it has none, though there was something before it once.
          predecessor >= this.#start || (predecessor === 0 && first > 0 && this.#trimmed);
    this.#next.set(subject, next);
    this.#start = sequence + 1;
    this.#known = sequence;
    if (!lost) return undefined;
    return { reason: "the stream no longer holds what has not been read", from, resume: offsetOf(sequence) };
  }
}
