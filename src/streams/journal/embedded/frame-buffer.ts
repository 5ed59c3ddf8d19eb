import { crc32 } from "node:zlib";
import { PREFIX, writePrefix } from "./frame.js";

const SMALLEST = 64 * 1024;
/** A larger buffer is let go after the frame that needed it. */
const KEPT = 4 * 1024 * 1024;
/** UTF-8 takes at most so many bytes a UTF-16 unit. */
const WIDEST = 3;
/** Digits of the longest number that is written by hand, and more than String makes of any other. */
const NUMBER = 32;
const ZERO = 0x30;

/** Writes one frame after the other into the same bytes. */
export class FrameBuffer {
  #bytes = Buffer.allocUnsafe(SMALLEST);
  #at = PREFIX;

  begin(): void {
    if (this.#bytes.length > KEPT) this.#bytes = Buffer.allocUnsafe(SMALLEST);
    this.#at = PREFIX;
  }

  /** The whole frame. It is good until the next `begin`. */
  end(): Uint8Array {
    const body = this.#bytes.subarray(PREFIX, this.#at);
    writePrefix(this.#bytes, 0, body.length, crc32(body));
    return this.#bytes.subarray(0, this.#at);
  }

  text(text: string): void {
    this.#room(text.length * WIDEST);
    this.#at += this.#bytes.write(text, this.#at);
  }

  /** Signs of ASCII, a few of them: by hand that is faster than a call into the engine. */
  ascii(text: string): void {
    this.#room(text.length);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.#at = at;
  }

  sign(code: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = code;
  }

  /** The shortest digits that give the same number back. */
  number(number: number): void {
    if (number >= 0 && Number.isSafeInteger(number) && !Object.is(number, -0)) {
      this.#room(NUMBER);
      this.#at = this.#digits(number, this.#at);
    } else this.ascii(Object.is(number, -0) ? "-0" : String(number));
  }

  #digits(number: number, at: number): number {
    let [end, rest] = [at, number];
    if (number >= 1e6) {
      // Beyond 31 bits division is slow: six digits at a time are below.
      const above = Math.floor(number / 1e6);
      at = this.#digits(above, at);
      rest = number - above * 1e6;
      end = at + 6;
    } else end = at + (rest < 10 ? 1 : rest < 100 ? 2 : rest < 1000 ? 3 : rest < 10_000 ? 4 : rest < 100_000 ? 5 : 6);
    const bytes = this.#bytes;
    for (let i = end - 1; i >= at; i--) {
      const tenth = (rest / 10) | 0;
      bytes[i] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    return end;
  }

  #room(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
