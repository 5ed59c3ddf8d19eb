/** A message that is no reading, and what its dead letter says. */
export interface Hostile {
  readonly what: string;
  /** Its topic is printing/ID/sensor. */
  readonly id: string;
  readonly payload: string | Buffer;
  readonly reason: RegExp;
}

export const TOPIC_ID = "printer_1";
/** Larger than what a source takes unless told otherwise. */
export const HUGE = 10_000_000;

const NOW = "2026-01-01T00:00:00Z";
const reading = (more: object): string => JSON.stringify({ printer_id: TOPIC_ID, timestamp: NOW, ...more });
const written = (part: string): string => `{"printer_id":"${TOPIC_ID}","timestamp":"${NOW}",${part}}`;
const id = (printer_id: unknown): string => reading({ printer_id });

const messages: readonly (readonly [what: string, payload: string | Buffer, reason: RegExp, id?: string])[] = [
  ["nothing", "", /^not JSON: /],
  ["half a message", '{"printer_id":"printer_1","timest', /^not JSON: /],
  ["two messages", reading({}) + reading({}), /^not JSON: /],
  ["NaN", written('"roughness":NaN'), /^not JSON: /],
  ["bytes that are no text", Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]), /^not UTF-8 text$/],
  ["a list", "[]", /^not a JSON object$/],
  ["null", "null", /^not a JSON object$/],
  ["a number", "5", /^not a JSON object$/],
  ["brackets without end", "[".repeat(60_000), /^not JSON: /],
  ["60,000 levels", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, /^not a JSON object$/],
  ["levels inside of a field", written(`"a":${"[".repeat(20_000)}${"]".repeat(20_000)}`), /^"a" holds a list: /],
  ["an object in a field", reading({ bed: { temp: 60 } }), /^"bed" holds an object: a reading is flat$/],
  ["a number without end", written('"vibration":1e999'), /^"vibration" is not finite$/],
  ["a number as text", reading({ roughness: "32" }), /^roughness is "32", which is not a number$/],
  ["true for a number", reading({ nozzle_temp: true }), /^nozzle_temp is true, which is not a number$/],
  [
    "a key that reaches into every object",
    written('"__proto__":{"roughness":1}'),
    /^a reading has no field "__proto__"$/,
  ],
  ["a key that makes objects", written('"constructor":"x"'), /^a reading has no field "constructor"$/],
  ["a kind of its own", reading({ kind: "verdict" }), /^a reading has no field "kind"$/],
  ["no printer", `{"timestamp":"${NOW}"}`, /^printer_id is missing$/],
  ["another printer", id("printer_2"), /^printer_id "printer_2" is not that of the topic, "printer_1"$/],
  ["a number for a printer", id(5), /^printer_id is 5, which is not a name$/],
  ["a nameless printer", id(""), /^printer_id is "", which is not a name$/],
  ["a printer with a level", id("printer_1/sensor"), /^printer_id .* holds one of \/ \+ #/],
  ["a printer that is all printers", id("+"), /^printer_id "\+" holds one of \/ \+ #/],
  ["a printer that is everything", id("#"), /^printer_id "#" holds one of \/ \+ #/],
  ["a printer with a new line", id("printer\n1"), /^printer_id "printer\\n1" holds control characters$/],
  [
    "half a character",
    written('"x":1').replace("printer_1", "\\ud800"),
    /^printer_id "\\ud800" holds half a character$/,
  ],
  ["a printer of 10 kB", id("x".repeat(10_000)), /^printer_id is longer than 256 characters$/, "x".repeat(10_000)],
  ["quotes that do not agree", id('a "b"'), /^printer_id .* is not that of the topic, "a b"$/, "a b"],
  ["no time", `{"printer_id":"${TOPIC_ID}"}`, /^timestamp is missing$/],
  ["no such day", reading({ timestamp: "2026-02-30T00:00:00Z" }), /^timestamp .* is no time: /],
  ["the epoch", reading({ timestamp: 0 }), /^timestamp 0 is too far from now: /],
  ["a time of long ago", reading({ timestamp: "0001-01-01T00:00:00Z" }), /^timestamp .* is too far from now: /],
  ["a time to come", reading({ timestamp: "9999-12-31T23:59:59Z" }), /^timestamp .* is too far from now: /],
  ["a time beyond all", reading({ timestamp: 1e300 }), /^timestamp 1e\+300 is /],
  ["10 MB", reading({ note: "x".repeat(HUGE) }), /^1\d{7} bytes, and max_bytes is 65536$/],
];

export const HOSTILE: readonly Hostile[] = messages.map(([what, payload, reason, from = TOPIC_ID]) => ({
  what,
  id: from,
  payload,
  reason,
}));
