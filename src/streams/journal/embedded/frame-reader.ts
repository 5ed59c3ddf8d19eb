import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { HASH, PREFIX, readPrefix } from "./frame.js";

const WINDOW = 1024 * 1024;

/** One frame that is as it was written. */
interface Sound {
  readonly sound: true;
  /** Where it begins in the file, and where the next one does. */
  readonly at: number;
  readonly end: number;
  /** Good until the next `fill`. */
  readonly body: Buffer;
}

/** Bytes that are no frame, up to the next one or to the end of the file. */
interface Damaged {
  readonly sound: false;
  readonly at: number;
  readonly end: number;
  /** Nothing sound stands behind it: the end of a write that was cut short looks like this. */
  readonly last: boolean;
}

export type Piece = Sound | Damaged;

/**
 * Walks through the frames of a file: `next` until it gives nothing, then `fill`, until that is false. No length is
 * believed before the checksum has been seen to fit.
 */
export class FrameReader {
  readonly #file: FileHandle;
  /** Nothing is read from here on. */
  #limit: number;
  #window: Buffer;
  /** Where the window lies in the file. */
  #from: number;
  #filled = 0;
  #cursor = 0;
  /** Where damage began, as long as it has not ended. */
  #damage: number | undefined;

  constructor(file: FileHandle, from: number, limit: number, window = WINDOW) {
    this.#file = file;
    this.#from = from;
    this.#limit = limit;
    this.#window = Buffer.allocUnsafe(Math.min(window, Math.max(limit - from, PREFIX)));
  }

  next(): Piece | undefined {
    for (;;) {
      const at = this.#from + this.#cursor;
      const complete = this.#from + this.#filled >= this.#limit;
      const found = this.#frameAt(this.#cursor);
      if (typeof found === "object") {
        if (this.#damage !== undefined) return this.#damaged(at, false);
        this.#cursor += PREFIX + found.length;
        return { sound: true, at, end: this.#from + this.#cursor, body: found };
      }
      if (found === "more" && !complete) return undefined;
      if (this.#damage === undefined) {
        if (at >= this.#limit) return undefined;
        this.#damage = at;
      }
      const candidate = this.#candidateBehind(this.#cursor);
      if (candidate >= 0) this.#cursor = candidate;
      else if (complete) {
        this.#cursor = this.#filled;
        return this.#damaged(this.#limit, true);
      } else {
        this.#cursor = this.#filled;
        return undefined;
      }
    }
  }

  /** Reads on. False at the end. */
  async fill(): Promise<boolean> {
    const length = this.#makeRoom();
    if (length === 0) return false;
    const { bytesRead } = await this.#file.read(this.#window, this.#filled, length, this.#from + this.#filled);
    this.#take(bytesRead);
    return true;
  }

  /** The same in this turn: for what has just been written, and is in memory. */
  fillAtOnce(): boolean {
    const length = this.#makeRoom();
    if (length === 0) return false;
    this.#take(readSync(this.#file.fd, this.#window, this.#filled, length, this.#from + this.#filled));
    return true;
  }

  /** The file has been written up to here. */
  extend(limit: number): void {
    this.#limit = limit;
  }

  /** How many bytes are to be read next. */
  #makeRoom(): number {
    const room = this.#limit - this.#from - this.#filled;
    if (room <= 0) return 0;
    this.#window.copyWithin(0, this.#cursor, this.#filled);
    this.#from += this.#cursor;
    this.#filled -= this.#cursor;
    this.#cursor = 0;
    if (this.#filled === this.#window.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#window.length * 4, this.#limit - this.#from));
      this.#window.copy(larger);
      this.#window = larger;
    }
    return Math.min(room, this.#window.length - this.#filled);
  }

  #take(bytes: number): void {
    this.#filled += bytes;
    // Shorter than it was said to be: what is there is all.
    if (bytes === 0) this.#limit = this.#from + this.#filled;
  }

  /** The body of the frame that begins here; "more" where the window ends before it does. */
  #frameAt(at: number): Buffer | "more" | "none" {
    if (at + PREFIX > this.#filled) return "more";
    const prefix = readPrefix(this.#window, at);
    if (!prefix) return "none";
    const end = at + PREFIX + prefix.length;
    if (this.#from + end > this.#limit) return "none";
    if (end > this.#filled) return "more";
    const body = this.#window.subarray(at + PREFIX, end);
    return crc32(body) === prefix.crc ? body : "none";
  }

  #damaged(end: number, last: boolean): Damaged {
    const at = this.#damage!;
    this.#damage = undefined;
    return { sound: false, at, end, last };
  }

  /** The next place behind this one where a frame may begin; -1 where the window has none. */
  #candidateBehind(at: number): number {
    const hash = this.#window.indexOf(HASH, at + 1);
    return hash >= 0 && hash < this.#filled ? hash : -1;
  }
}
