import type { Chunk } from "../../streams/journal/journal.js";
import { type Element, isMark, type TimeMark } from "../../streams/record/record.js";

/** The next offset of the partition in the journal that a message was read from: how far its origin has come. */
export const NEXT = "Layerstream-Next";
/** The offset of its first element there. */
export const FIRST = "Layerstream-First";

/** At most so many elements a message. Offsets in the stream are made with it, so it never changes. */
export const MOST_ELEMENTS = 1024;
/** And so many characters, which UTF-8 makes at most three times as many bytes. */
export const MOST_CHARACTERS = 256 * 1024;

/** One element that waits for its turn. */
export interface Waiting {
  readonly element: Element;
  readonly text: string;
  readonly arrived: number;
}

/** `[key, event time, characters of its text, cause of a mark]` */
type Entry = readonly [string, number | string, number, TimeMark["cause"]?];
/** One append: when it arrived, and what came. */
type Group = readonly [number, readonly Entry[]];

/** The first of those that wait, as many as one message takes, and how many that are. */
export interface Message {
  readonly count: number;
  readonly body: string;
}

/**
 * Offsets in a journal go on without a hole but after a power cut; what lies behind one goes into the next message.
 *
 * The body is one line of JSON that tells of each element, and below it the texts of the values as they came, a line
 * feed in front of each.
 */
export function encode(waiting: readonly Waiting[], from: number, characters = MOST_CHARACTERS): Message {
  const groups: [number, Entry[]][] = [];
  let texts = "";
  let count = 0;
  const first = waiting[from]!.element.position.offset;
  for (let i = from; i < waiting.length && count < MOST_ELEMENTS; i++) {
    const { element, text, arrived } = waiting[i]!;
    if (element.position.offset !== first + count) break;
    if (count > 0 && texts.length + text.length > characters) break;
    const time = timeOf(element.eventTime);
    const entry: Entry = isMark(element)
      ? [element.key, time, text.length, element.cause]
      : [element.key, time, text.length];
    const group = groups.at(-1);
    if (group?.[0] === arrived) group[1].push(entry);
    else groups.push([arrived, [entry]]);
    texts += `\n${text}`;
    count++;
  }
  return { count, body: JSON.stringify(groups) + texts };
}

/** JSON has no -0 and nothing infinite. */
function timeOf(time: number): number | string {
  if (Object.is(time, -0)) return "-0";
  return Number.isFinite(time) ? time : String(time);
}

/** Where the elements of a message stand in the stream that it came in. */
export interface Place {
  readonly stream: string;
  readonly partition: number;
  /** Of the message, on the server. */
  readonly sequence: number;
}

/** The offset of the first element of a message: they grow along a partition and leave numbers out. */
export function offsetOf(sequence: number): number {
  return sequence * MOST_ELEMENTS;
}

/** The first message with anything at this offset or behind it. */
export function sequenceOf(offset: number): number {
  return Math.floor(offset / MOST_ELEMENTS);
}

/** The appends of a message. Throws where it is none of ours, or damaged. */
export function decode(body: string, { stream, partition, sequence }: Place): Chunk[] {
  const end = body.indexOf("\n");
  const groups = JSON.parse(body.slice(0, end === -1 ? body.length : end)) as readonly Group[];
  let offset = offsetOf(sequence);
  let at = end;
  return groups.map(([arrived, entries]) => {
    const texts: string[] = [];
    const elements = entries.map(([key, time, length, cause]): Element => {
      const text = body.slice(at + 1, at + 1 + length);
      if (text.length !== length) throw new Error("its end is missing");
      at += 1 + length;
      texts.push(text);
      const shared = { key, eventTime: Number(time), position: { stream, partition, offset: offset++ } };
      return cause === undefined
        ? { ...shared, value: JSON.parse(text) as unknown }
        : { ...shared, value: undefined, cause };
    });
    return { arrived, elements, texts };
  });
}
