import { existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Offsets } from "../journal.js";

/** Blocks of a disk are of this size or divide it. */
const BLOCK = 4096;

interface Saved {
  readonly serial: number;
  readonly offsets: Offsets;
}

/**
 * The offsets of one group in two files of a fixed length, which are written in turns: one of them is always whole, and to
 * write takes no room on the disk. On a full disk consumers must be able to say what can be given up.
 */
export class OffsetsFile {
  readonly #paths: readonly [string, string];
  #last: Saved | undefined;

  /** @param path without ending */
  constructor(path: string) {
    this.#paths = [`${path}.0`, `${path}.1`];
    const saved = this.#paths.map(read).filter((each) => each !== undefined);
    this.#last = saved.sort((a, b) => a.serial - b.serial).at(-1);
  }

  get offsets(): Offsets | undefined {
    return this.#last?.offsets;
  }

  /** Resolves when they survive a power cut. Not to be called while it is busy. */
  async write(offsets: Offsets): Promise<void> {
    const next = { serial: (this.#last?.serial ?? 0) + 1, offsets };
    const text = JSON.stringify(next);
    const line = `${hexOf(crc32(text))} ${text}`;
    const bytes = Buffer.alloc(Math.ceil((line.length + 1) / BLOCK) * BLOCK, " ");
    bytes.write(line);
    bytes.write("\n", bytes.length - 1);
    const path = this.#paths[next.serial % 2]!;
    const file = await open(path, existsSync(path) ? "r+" : "w");
    try {
      for (let done = 0; done < bytes.length;)
        done += (await file.write(bytes, done, bytes.length - done, done)).bytesWritten;
      await file.datasync();
    } finally {
      await file.close();
    }
    this.#last = next;
  }
}

/** Undefined where it is not whole: the other one is, then. */
function read(path: string): Saved | undefined {
  if (!existsSync(path)) return undefined;
  const line = readFileSync(path, "latin1").trimEnd();
  const text = line.slice(line.indexOf(" ") + 1);
  return line.startsWith(`${hexOf(crc32(text))} `) ? (JSON.parse(text) as Saved) : undefined;
}

function hexOf(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
