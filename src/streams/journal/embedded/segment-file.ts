import { fdatasync, ftruncateSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import type { Segment } from "./segment.js";

/** The segment that is written to. */
export interface OpenSegment {
  readonly segment: Segment;
  readonly file: number;
}

/** Brings the bytes of a file to the disk, and its length. */
export const syncFile = promisify(fdatasync);

/** Writes all of a frame behind the segment, or nothing of it. */
export function put({ segment, file }: OpenSegment, frame: Uint8Array): void {
  const { size } = segment;
  try {
    for (let done = 0; done < frame.length;) done += writeSync(file, frame, done, frame.length - done, size + done);
  } catch (cause) {
    // Where even this fails, the next frame is written over what stands there, and on opening it is no frame.
    try {
      ftruncateSync(file, size);
    } catch {}
    throw cause;
  }
  segment.size = size + frame.length;
}
