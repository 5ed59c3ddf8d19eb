import { fromJson } from "../../streams/record/json.js";
import { parseTimestamp } from "../../streams/record/timestamp.js";
import type { Returning } from "../../streams/runtime/retry.js";
import type { StoredLetter } from "./letter.js";

/** What a letter brings back to its node, or why it can bring back nothing. */
export function returningOf(letter: StoredLetter): Returning | { readonly impossible: string } {
  const { place, key, position, payload, cut, lossy, value, input = 0 } = letter;
  if (lossy) return { impossible: "what came was no text, and is not kept" };
  if (cut && value === undefined) return { impossible: "it was too long to be kept whole" };
  if (!position) {
    if (place !== undefined && typeof payload === "string") return { place, text: payload };
    return { impossible: "nothing is kept of where it came from" };
  }
  const eventTime = parseTimestamp(letter.event_time);
  if (key === undefined || Number.isNaN(eventTime)) return { impossible: "its key or its time is not kept" };
  if (value === undefined && (payload === null || isPartial(payload)))
    return { impossible: "it was too large to be kept with all that belongs to it" };
  return { record: { key, eventTime, value: value === undefined ? payload : fromJson(value), position }, input };
}

/** Of any kind but a reading the payload shows a part. */
function isPartial(payload: unknown): boolean {
  return typeof payload === "object" && payload !== null && "kind" in payload;
}
