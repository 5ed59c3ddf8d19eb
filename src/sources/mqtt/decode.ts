import { fitsLevel } from "../../connections/mqtt/filters.js";
import { parseTimestamp } from "../../streams/record/timestamp.js";
import type { Reading } from "../../streams/record/values.js";

/** Fields with a unit: docs/topics.md. Text in one of them is a mistake of the sender, not another kind of reading. */
const NUMERIC: ReadonlySet<string> = new Set([
  "layer_height",
  "nozzle_temp",
  "bed_temp",
  "roughness",
  "nozzle_target",
  "bed_target",
  "nozzle_power",
  "bed_power",
  "fan",
  "speed_factor",
  "flow_factor",
  "feedrate",
  "layer",
  "vibration",
]);
/** `kind` marks the values that we make ourselves; the others reach into every object of the language. */
const FORBIDDEN = ["kind", "__proto__", "constructor"] as const;
const LONGEST_ID = 256;
const SHOWN = 40;

export interface Decoded {
  readonly key: string;
  /** ms since the epoch */
  readonly eventTime: number;
  readonly reading: Reading;
}

export interface Refused {
  readonly refused: string;
}

/** The span that the time of a reading must lie in, ms since the epoch, both ends included. */
export interface Span {
  readonly earliest: number;
  readonly latest: number;
}

/**
 * A sensor reading from the text of a message: a flat JSON object with at least `printer_id` and `timestamp`. The reading
 * is the message as it came, all its fields included. Never throws: what is wrong is said in one sentence.
 *
 * @param topic its key is the one string that all records of the printer share
 */
export function decodeReading(text: string, topic: TopicKey, span: Span): Decoded | Refused {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { refused: `not JSON: ${escaped((cause as Error).message)}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { refused: "not a JSON object" };
  const reading = value as Reading;
  const wrong = wrongField(reading) ?? wrongId(reading.printer_id, topic);
  if (wrong !== undefined) return { refused: wrong };
  const { timestamp } = reading;
  if (timestamp === undefined || timestamp === null) return { refused: "timestamp is missing" };
  const eventTime = parseTimestamp(timestamp);
  if (Number.isNaN(eventTime))
    return { refused: `timestamp ${shown(timestamp)} is no time: write 2023-06-15T14:32:10Z, or epoch seconds or ms` };
  if (eventTime < span.earliest || eventTime > span.latest)
    return { refused: `timestamp ${shown(timestamp)} is too far from now: set the printer's clock, or raise skew` };
  return { key: topic.key ?? (reading.printer_id as string), eventTime, reading };
}

function wrongField(reading: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of FORBIDDEN) if (Object.hasOwn(reading, name)) return `a reading has no field "${name}"`;
  for (const name in reading) {
    const value = reading[name];
    if (typeof value === "number") {
      // JSON has no NaN, but 1e999 is read as infinite.
      if (!Number.isFinite(value)) return `${shown(name)} is not finite`;
    } else if (typeof value === "object" && value !== null) {
      return `${shown(name)} holds ${Array.isArray(value) ? "a list" : "an object"}: a reading is flat`;
    } else if (value !== null && NUMERIC.has(name)) {
      return `${name} is ${shown(value)}, which is not a number`;
    }
  }
  return undefined;
}

/** The printer that a topic names. */
export interface TopicKey {
  /** Undefined where the topic names none. */
  readonly key: string | undefined;
  /** Why no printer can be called so. */
  readonly wrong?: string | undefined;
}

/** Looks at a name once for all messages of its topic. */
export function topicKey(key: string | undefined): TopicKey {
  return { key, wrong: key === undefined ? undefined : wrongId(key, { key: undefined }) };
}

function wrongId(id: unknown, topic: TopicKey): string | undefined {
  if (id === topic.key && id !== undefined) return topic.wrong;
  if (id === undefined || id === null) return "printer_id is missing";
  if (typeof id !== "string" || id === "") return `printer_id is ${shown(id)}, which is not a name`;
  if (id.length > LONGEST_ID) return `printer_id is longer than ${LONGEST_ID} characters`;
  if (/\p{Surrogate}/u.test(id)) return `printer_id ${shown(id)} holds half a character`;
  if (/[\u0000-\u001f\u007f-\u009f]/.test(id)) return `printer_id ${shown(id)} holds control characters`;
  // It becomes a level of the topics on which the printer is answered.
  if (!fitsLevel(id)) return `printer_id ${shown(id)} holds one of / + #, which a level of a topic cannot`;
  if (topic.key !== undefined) return `printer_id ${shown(id)} is not that of the topic, ${shown(topic.key)}`;
  return undefined;
}

/** What a parser quotes of a message goes to logs and terminals: a new line or an escape sequence must not get there. */
function escaped(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** As JSON, cut to a length that fits a line. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
