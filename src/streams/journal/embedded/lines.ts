import { isAscii } from "node:buffer";
import type { Element, Position, StreamRecord, TimeMark } from "../../record/record.js";
import type { Keys } from "./keys.js";

const TAB = "\t";
const ZERO = 0x30;

/** What stands in the place of the text of a mark. No JSON begins with this sign. */
export const MARKS: Readonly<Record<TimeMark["cause"], string>> = { passed: "!passed", idle: "!idle", gone: "!gone" };
const CAUSES = new Map(Object.entries(MARKS).map(([cause, text]) => [text, cause as TimeMark["cause"]]));

export interface Wanted {
  /** The first offset of each partition to give out; Infinity where a partition is not wanted. */
  readonly from: Float64Array;
  readonly until: Float64Array;
}

export interface Decoded {
  readonly elements: Element[];
  readonly texts: string[];
  /** Whether an offset was left out, so something is missing in front of it. */
  jumped: boolean;
  /** Whether a text was no JSON. Its place is kept by a mark. */
  unreadable: boolean;
}

/** The body of a frame as text. */
export function bodyText(body: Buffer): string {
  return body.toString(isAscii(body) ? "latin1" : "utf8");
}

/** The lines of a frame of records as elements. Moves `next`, the offset that each partition is expected to go on with. */
export function readLines(body: string, stream: string, keys: Keys, next: Float64Array, wanted: Wanted): Decoded {
  const decoded: Decoded = { elements: [], texts: [], jumped: false, unreadable: false };
  for (let at = body.indexOf("\n") + 1; at < body.length;) {
    const time = body.indexOf(TAB, at) + 1;
    const { key, partition } = keys.read(body.slice(at, time - 1));
    const place = body.indexOf(TAB, time) + 1;
    const start = body.indexOf(TAB, place) + 1;
    const end = body.indexOf("\n", start);
    const offset = digits(body, place, start - 1);
    const expected = next[partition]!;
    if (offset > expected) decoded.jumped = true;
    if (offset >= expected) next[partition] = offset + 1;
    if (offset >= expected && offset >= wanted.from[partition]! && offset < wanted.until[partition]!)
      decodeLine(body, { key, position: { stream, partition, offset }, time, place, start, end }, decoded);
    at = end + 1;
  }
  return decoded;
}

/** A line that is wanted, and where its parts begin: event time, offset, text. */
interface Line {
  readonly key: string;
  readonly position: Position;
  readonly time: number;
  readonly place: number;
  readonly start: number;
  readonly end: number;
}

/** Adds what stands in a line. */
export function decodeLine(body: string, { key, position, time, place, start, end }: Line, decoded: Decoded): void {
  const eventTime = numberAt(body, time, place - 1);
  const text = body.slice(start, end);
  const cause = text.startsWith("!") ? CAUSES.get(text) : undefined;
  if (cause) {
    decoded.elements.push({ key, eventTime, value: undefined, position, cause });
    decoded.texts.push("");
  } else {
    decoded.elements.push(recordOf({ key, eventTime, value: undefined, position }, text, decoded));
    decoded.texts.push(text);
  }
}

function recordOf(bare: StreamRecord<undefined>, text: string, decoded: Decoded): Element {
  const { key, eventTime, position } = bare;
  try {
    return { key, eventTime, value: JSON.parse(text) as unknown, position };
  } catch {
    decoded.unreadable = true;
    return { ...bare, cause: "passed" };
  }
}

/** Where each partition first goes on in this frame. */
export function firstOffsets(body: string, keys: Keys, found: Map<number, number>): void {
  for (let at = body.indexOf("\n") + 1; at < body.length; at = body.indexOf("\n", at) + 1) {
    const time = body.indexOf(TAB, at) + 1;
    const { partition } = keys.read(body.slice(at, time - 1));
    const place = body.indexOf(TAB, time) + 1;
    if (!found.has(partition)) found.set(partition, digits(body, place, body.indexOf(TAB, place)));
  }
}

function numberAt(text: string, from: number, to: number): number {
  const number = to - from <= 15 ? digits(text, from, to) : NaN;
  return Number.isNaN(number) ? Number(text.slice(from, to)) : number;
}

/** NaN where there is anything but digits. */
export function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    number = number * 10 + digit;
  }
  return number;
}
