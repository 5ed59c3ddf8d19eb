import { Writable } from "node:stream";
import type { Room } from "./live-table.js";

/** What a terminal is assumed to be that does not know its size. */
const USUAL: Room = { columns: 80, rows: 24 };
const LEAST: Room = { columns: 20, rows: 5 };
/** Control sequences of ECMA-48, and of xterm for the wrapping of lines (DECAWM), which every terminal of today knows. */
const up = (lines: number): string => `\u001b[${lines}A`;
const ERASE_BELOW = "\u001b[J";
const NO_WRAP = "\u001b[?7l";
const WRAP = "\u001b[?7h";

/** What the screen needs of a terminal. */
export interface Terminal extends NodeJS.WritableStream {
  readonly columns?: number;
  readonly rows?: number;
}

/** The terminal where a live picture stands at the bottom while log lines go by above it. */
export class Screen extends Writable {
  readonly #terminal: Terminal;
  #picture: readonly string[] = [];
  #drawn = 0;

  constructor(terminal: Terminal) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
  }

  get room(): Room {
    return {
      columns: Math.max(LEAST.columns, this.#terminal.columns || USUAL.columns),
      rows: Math.max(LEAST.rows, this.#terminal.rows || USUAL.rows),
    };
  }

  /** Replaces the picture. What does not fit is cut off: a picture that scrolls could not be erased. */
  show(lines: readonly string[]): void {
    this.#picture = lines.slice(0, this.room.rows - 1);
    this.#terminal.write(this.#around(""));
  }

  /** Leaves the picture where it is and forgets it. */
  release(): void {
    this.#picture = [];
    this.#drawn = 0;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#terminal.write(this.#around(chunk.toString()), () => done());
  }

  /** The text where the picture was, and the picture below it; in one write, or it would flicker. */
  #around(text: string): string {
    const erase = this.#drawn > 0 ? `${up(this.#drawn)}${ERASE_BELOW}` : "";
    this.#drawn = this.#picture.length;
    // Signs that are two columns wide make a line longer than it has characters.
    const picture = this.#drawn > 0 ? `${NO_WRAP}${this.#picture.map((line) => `${line}\n`).join("")}${WRAP}` : "";
    return `${erase}${text}${picture}`;
  }
}
