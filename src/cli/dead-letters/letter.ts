import { randomBytes } from "node:crypto";
import { plainValue } from "../../streams/record/plain.js";
import type { Position } from "../../streams/record/record.js";
import { timeText } from "../../streams/record/timestamp.js";
import type { DeadLetter } from "../../streams/runtime/dead-letters.js";

/** A dead letter as a line of the file. Times are ISO 8601, UTC. */
export interface StoredLetter {
  /** Unique. Begins with the time. */
  readonly id: string;
  /** When it was put aside. */
  readonly at: string;
  readonly pipeline: string;
  readonly node: string;
  readonly cause: string;
  /** A topic, a line of a file. */
  readonly place?: string;
  readonly key?: string;
  readonly position?: Position;
  readonly event_time?: string;
  /** The message as text, or the value of the record. */
  readonly payload: unknown;
  /** True where the payload was too long: then it is the beginning of it, as text. */
  readonly cut?: true;
}

/** So many characters of a payload are kept. */
const LONGEST_PAYLOAD = 16_384;

/** @param now ms since the epoch */
export function storedLetter(letter: DeadLetter, now: number): StoredLetter {
  const { pipeline, node, reason, place, key, position, eventTime } = letter;
  return {
    id: `${now.toString(36)}-${randomBytes(4).toString("hex")}`,
    at: timeText(now),
    pipeline,
    node,
    cause: reason,
    ...(place !== undefined && { place }),
    ...(key !== undefined && { key }),
    ...(position && { position }),
    ...(eventTime !== undefined && Number.isFinite(eventTime) && { event_time: timeText(eventTime) }),
    ...boundedPayload(letter.payload),
  };
}

function boundedPayload(payload: unknown): Pick<StoredLetter, "payload" | "cut"> {
  const plain = typeof payload === "object" && payload !== null ? plainValue(payload) : payload;
  const text = typeof plain === "string" ? plain : (JSON.stringify(plain) as string | undefined);
  if (text === undefined) return { payload: null };
  return text.length > LONGEST_PAYLOAD ? { payload: text.slice(0, LONGEST_PAYLOAD), cut: true } : { payload: plain };
}
