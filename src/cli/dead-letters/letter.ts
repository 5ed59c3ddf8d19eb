import { createHash, randomBytes } from "node:crypto";
import { messageOf } from "../../streams/component/errors.js";
import { kindOf } from "../../streams/record/field.js";
import { type JsonValue, toJson } from "../../streams/record/json.js";
import { plainValue } from "../../streams/record/plain.js";
import type { Position } from "../../streams/record/record.js";
import { timeText } from "../../streams/record/timestamp.js";
import type { DeadLetter } from "../../streams/runtime/dead-letters.js";

/** A dead letter as it is kept, in JSON. Times are ISO 8601, UTC. */
export interface StoredLetter {
  /**
   * Of a record: made of the failure itself, so that one which happens again when a restart works through the journal has
   * the same. Where it happens again after a retry, `.2`, `.3` … stands behind it. Of others: the time and chance.
   */
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
  /** By which of the node's inputs the record came; absent: the first. */
  readonly input?: number;
  /** The message or row as text, or the value of the record, readable. */
  readonly payload: unknown;
  /** True where the payload was too long: then it is the beginning of it, as text. */
  readonly cut?: true;
  /** True where the payload is not what came: there is no text of it. */
  readonly lossy?: true;
  /** The value with all that belongs to it, in the form of `toJson`, where the payload leaves something out. */
  readonly value?: JsonValue;
}

/** So many characters of a payload are kept. */
export const LONGEST_PAYLOAD = 256 * 1024;
/** A value with more characters than that is not kept whole: a window may hold a great many samples. */
const LONGEST_VALUE = 1024 * 1024;
/** 64 bits. */
const HASH_DIGITS = 16;

/**
 * @param now ms since the epoch
 * @param retries how often the letter of this id was retried already
 */
export function storedLetter(letter: DeadLetter, now: number, retries: (id: string) => number = () => 0): StoredLetter {
  try {
    return stored(letter, now, retries);
  } catch (cause) {
    const payload = `no JSON can be made of it: ${messageOf(cause)}`;
    return stored({ ...letter, payload, lossy: true }, now, retries);
  }
}

function stored(letter: DeadLetter, now: number, retries: (id: string) => number): StoredLetter {
  const { pipeline, node, reason, place, key, position, eventTime, input, payload, lossy } = letter;
  const kept = boundedPayload(payload);
  return {
    id: position ? idOfRecord(letter, kept.payload, retries) : `${now.toString(36)}-${randomBytes(4).toString("hex")}`,
    at: timeText(now),
    pipeline,
    node,
    cause: reason,
    ...(place !== undefined && { place }),
    ...(key !== undefined && { key }),
    ...(position && { position }),
    ...(eventTime !== undefined && Number.isFinite(eventTime) && { event_time: timeText(eventTime) }),
    ...(input !== undefined && { input }),
    ...kept,
    ...(lossy && { lossy }),
    ...wholeValue(payload),
  };
}

/** The id of a letter without the number of its retries. */
export function withoutRetries(id: string): string {
  return id.split(".", 1)[0]!;
}

function idOfRecord(
  { pipeline, node, reason, position, input }: DeadLetter,
  payload: unknown,
  retries: (id: string) => number,
): string {
  const text = JSON.stringify([pipeline, node, input, position, reason, payload]);
  const id = createHash("sha256").update(text).digest("hex").slice(0, HASH_DIGITS);
  const retried = retries(id);
  return retried === 0 ? id : `${id}.${retried + 1}`;
}

function boundedPayload(payload: unknown): Pick<StoredLetter, "payload" | "cut"> {
  const plain = isObject(payload) ? plainValue(payload) : payload;
  const text = typeof plain === "string" ? plain : (JSON.stringify(plain) as string | undefined);
  if (text === undefined) return { payload: null };
  return text.length > LONGEST_PAYLOAD ? { payload: text.slice(0, LONGEST_PAYLOAD), cut: true } : { payload: plain };
}

/** A reading is whole as it stands in the payload. */
function wholeValue(payload: unknown): Pick<StoredLetter, "value"> {
  if (!isObject(payload) || kindOf(payload) === "reading") return {};
  const value = toJson(payload);
  return JSON.stringify(value).length > LONGEST_VALUE ? {} : { value };
}

function isObject(payload: unknown): payload is object {
  return typeof payload === "object" && payload !== null;
}
