import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { ConfigError } from "../../component/errors.js";
import { type Entry, type Header, type Last, type OwnEntry, VERSION } from "./checkpoint.js";

/** The last line is far shorter. */
const TAIL = 4_096;

/** A checkpoint whose checksum is right. */
export interface Checkpoint {
  readonly header: Header;
  /** How many entries there are. */
  readonly size: number;
  /** Line by line: the state of a large farm is more than one string can hold. */
  entries(): AsyncIterable<Entry | OwnEntry>;
}

/** Throws where the file is not whole; ConfigError where another version of the program wrote it. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { end, last } = await lastLine(path);
  let crc = 0;
  for await (const piece of createReadStream(path, { end: end - 1 })) crc = crc32(piece as Buffer, crc);
  if (crc !== last.crc) throw new Error("its checksum is wrong");
  const header = await firstLine(path);
  if (header.version !== VERSION)
    throw new ConfigError(
      `${path} is of version ${header.version}, and this program reads ${VERSION}; start the program that wrote it, ` +
        "or start once with --reset-state",
    );
  return {
    header,
    size: last.entries,
    async *entries() {
      let first = true;
      for await (const line of linesOf(path, end)) {
        if (!first) yield JSON.parse(line) as Entry | OwnEntry;
        first = false;
      }
    },
  };
}

/** Where the last line begins, and what it says. */
async function lastLine(path: string): Promise<{ readonly end: number; readonly last: Last }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL);
    const tail = Buffer.alloc(size - from);
    await file.read(tail, 0, tail.length, from);
    const at = tail.lastIndexOf("\n", tail.length - 2) + 1;
    if (from + at === 0) throw new Error("it has no last line");
    return { end: from + at, last: JSON.parse(tail.subarray(at).toString()) as Last };
  } finally {
    await file.close();
  }
}

async function firstLine(path: string): Promise<Header> {
  for await (const line of linesOf(path)) return JSON.parse(line) as Header;
  throw new Error("it is empty");
}

/** The lines before byte `end`. Not by readline, which ends a line at U+2028 too: that may stand in the name of a job. */
async function* linesOf(path: string, end = Infinity): AsyncGenerator<string> {
  let begun = "";
  for await (const piece of createReadStream(path, { encoding: "utf8", end: end - 1 })) {
    const lines = (begun + (piece as string)).split("\n");
    begun = lines.pop()!;
    yield* lines;
  }
}
