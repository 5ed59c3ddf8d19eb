import { fnv1a32Ascii } from "../../record/partition.js";
import type { Keys } from "./keys.js";
import { decodeLine, type Decoded, digits, type Wanted } from "./lines.js";

const TAB = "\t";
const QUOTE = 0x22;

/**
 * The lines of a frame of records that stand in some of its partitions. Unlike `readLines` it looks at no more of the others
 * than their keys, and does not move `next` for them: where n processes share a stream, n - 1 of n lines are such.
 */
export function readOwnLines(body: string, stream: string, keys: Keys, next: Float64Array, wanted: Wanted): Decoded {
  const { from } = wanted;
  const decoded: Decoded = { elements: [], texts: [], jumped: false, unreadable: false };
  for (let at = body.indexOf("\n") + 1; at < body.length;) {
    const tab = body.indexOf(TAB, at);
    const partition =
      body.charCodeAt(at) === QUOTE
        ? keys.read(body.slice(at, tab)).partition
        : fnv1a32Ascii(body, at, tab) % next.length;
    if (from[partition] === Infinity) {
      at = body.indexOf("\n", tab) + 1;
      continue;
    }
    const place = body.indexOf(TAB, tab + 1) + 1;
    const start = body.indexOf(TAB, place) + 1;
    const end = body.indexOf("\n", start);
    const offset = digits(body, place, start - 1);
    const expected = next[partition]!;
    if (offset > expected) decoded.jumped = true;
    if (offset >= expected) next[partition] = offset + 1;
    if (offset >= expected && offset >= from[partition]!) {
      const { key } = keys.read(body.slice(at, tab));
      decodeLine(body, { key, position: { stream, partition, offset }, time: tab + 1, place, start, end }, decoded);
    }
    at = end + 1;
  }
  return decoded;
}
