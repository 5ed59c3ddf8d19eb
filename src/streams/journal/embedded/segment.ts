import { existsSync, readdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../../component/errors.js";
import type { FrameBuffer } from "./frame-buffer.js";
import { FrameReader, type Piece } from "./frame-reader.js";
import { LINE_FEED } from "./frame.js";
import { bodyText } from "./lines.js";

/** The first frame of a segment: `segment` and this as JSON. */
export interface Header {
  /** Of the layout of the file: another number is of another version of the program. */
  readonly format: 1;
  readonly name: string;
  /** What the positions of its elements call the stream. */
  readonly stream: string;
  readonly partitions: number;
  /** ms since the epoch */
  readonly created: number;
  /** The offset that each partition goes on with. */
  readonly first: readonly number[];
}

export interface Segment {
  readonly path: string;
  /** Counts up; a segment is called after it. */
  readonly number: number;
  /** Undefined where it is damaged. */
  readonly header: Header | undefined;
  /** Bytes. */
  size: number;
}

/** How far a stream has been written: so many bytes of its newest segment, all of them whole frames. */
export interface Written {
  /** The number of the segment. */
  readonly segment: number;
  readonly size: number;
}

const NAME = /^(\d{10})\.segment$/;

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, "0")}.segment`);
}

/** The segments of a stream in order. */
export async function listSegments(folder: string): Promise<Segment[]> {
  if (!existsSync(folder)) return [];
  const numbers = readdirSync(folder).flatMap((name) => (NAME.test(name) ? [Number(name.slice(0, 10))] : []));
  const segments: Segment[] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const path = segmentPath(folder, number);
    try {
      segments.push({ path, number, header: await readHeader(path), size: statSync(path).size });
    } catch (cause) {
      // Whoever writes to it may have let go of it meanwhile.
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    }
  }
  return segments;
}

export function writeHeader(buffer: FrameBuffer, header: Header): Uint8Array {
  buffer.begin();
  buffer.text(`segment ${JSON.stringify(header)}`);
  buffer.sign(LINE_FEED);
  return buffer.end();
}

/** Longer than the header of some ten thousand partitions. */
const LONGEST_HEADER = 256 * 1024;
const USUAL_HEADER = 4 * 1024;

async function readHeader(path: string): Promise<Header | undefined> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const reader = new FrameReader(file, 0, Math.min(size, LONGEST_HEADER), USUAL_HEADER);
    let piece: Piece | undefined;
    while (!(piece = reader.next()) && (await reader.fill()));
    return piece?.sound && piece.at === 0 ? headerOf(bodyText(piece.body)) : undefined;
  } finally {
    await file.close();
  }
}

/** Undefined where the body of the frame is another. */
function headerOf(body: string): Header | undefined {
  if (!body.startsWith("segment ")) return undefined;
  const header = JSON.parse(body.slice("segment ".length)) as Header;
  // A later version may have changed the type.
  if ((header.format as number) === 1) return header;
  throw new ConfigError(`a segment is of format ${header.format}, and this version of the program reads format 1`);
}
