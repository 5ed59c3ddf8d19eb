import { appendFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../streams/component/folder.js";
import type { Log } from "../../streams/component/context.js";
import { messageOf } from "../../streams/component/errors.js";
import type { DeadLetter } from "../../streams/runtime/dead-letters.js";
import type { Clock } from "../../streams/time/clock.js";
import { storedLetter } from "./letter.js";

/** The file that is written to, and the one before it. */
export const FILES = { current: "dead-letters.jsonl", earlier: "dead-letters.1.jsonl" } as const;

/** A file that has grown beyond so many bytes becomes the earlier one, and the earlier one goes. */
const LARGEST = 16 * 1024 * 1024;
/** So many characters wait for the disk; beyond that letters are counted and let go. */
const WAITING = 4 * 1024 * 1024;
/** After a failure the disk is asked again no sooner than this, ms. */
const PAUSE = 1_000;

export interface DeadLetterFileOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes after which a new file is begun. */
  readonly largest?: number;
}

/**
 * Appends dead letters to a file, one JSON object a line, behind the back of the stream: `add` returns at once and never
 * throws. While the disk refuses, letters wait in memory; what does not fit there is counted and let go.
 */
export class DeadLetterFile {
  readonly #options: DeadLetterFileOptions;
  #waiting: string[] = [];
  #characters = 0;
  #lost = 0;
  /** Bytes in the current file; undefined until it has been looked at. */
  #size: number | undefined;
  #writing: Promise<void> | undefined;
  #refusedAt: number | undefined;

  constructor(options: DeadLetterFileOptions) {
    this.#options = options;
  }

  add(letter: DeadLetter): void {
    const now = this.#options.clock.now();
    const line = lineOf(letter, now);
    if (this.#characters + line.length > WAITING) this.#lost++;
    else {
      this.#waiting.push(line);
      this.#characters += line.length;
    }
    if (this.#refusedAt === undefined || now - this.#refusedAt >= PAUSE) this.#begin();
  }

  /** Resolves when nothing is on its way to the disk. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** Resolves when everything is in the file, or has been tried a last time. */
  async close(): Promise<void> {
    await this.settled();
    if (this.#waiting.length > 0) this.#begin();
    await this.settled();
    const unwritten = this.#waiting.length + this.#lost;
    if (unwritten > 0) this.#options.log.error("dead letters were not written", { letters: unwritten });
  }

  #begin(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0 && this.#refusedAt === undefined) this.#begin();
    });
  }

  async #write(): Promise<void> {
    const { log, clock } = this.#options;
    while (this.#waiting.length > 0) {
      // Letters go on being added meanwhile.
      const lines = [...this.#waiting];
      try {
        await this.#append(lines.join(""));
      } catch (cause) {
        if (this.#refusedAt === undefined)
          log.error("dead letters cannot be written, they wait in memory", { cause: messageOf(cause) });
        this.#refusedAt = clock.now();
        // Part of it may be there: what is written again begins on a line of its own, and readers go by the id.
        this.#size = undefined;
        return;
      }
      this.#waiting = this.#waiting.slice(lines.length);
      this.#characters = this.#waiting.reduce((sum, line) => sum + line.length, 0);
      if (this.#refusedAt !== undefined) log.info("dead letters are written again", { lost: this.#lost });
      this.#refusedAt = undefined;
    }
  }

  async #append(text: string): Promise<void> {
    const { folder, largest = LARGEST } = this.#options;
    const path = join(folder, FILES.current);
    let begin = "";
    if (this.#size === undefined) {
      makeFolder(folder);
      this.#size = await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
      // A process that was killed may have left half a line.
      begin = "\n";
    }
    if (this.#size >= largest) {
      await rename(path, join(folder, FILES.earlier));
      this.#size = 0;
      begin = "";
    }
    const bytes = Buffer.from(this.#size === 0 ? text : begin + text);
    await appendFile(path, bytes);
    this.#size += bytes.length;
  }
}

function lineOf(letter: DeadLetter, now: number): string {
  try {
    return `${JSON.stringify(storedLetter(letter, now))}\n`;
  } catch (cause) {
    const payload = `no JSON can be made of it: ${messageOf(cause)}`;
    return `${JSON.stringify(storedLetter({ ...letter, payload }, now))}\n`;
  }
}
