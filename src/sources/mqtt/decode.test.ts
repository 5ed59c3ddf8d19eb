import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { decodeReading, topicKey } from "./decode.js";

const always = { earliest: -Infinity, latest: Infinity };
const forbidden = new Set(["kind", "__proto__", "constructor"]);
const printer = fc
  .string({ minLength: 1, maxLength: 40, unit: "grapheme" })
  .filter((id) => !/[/+#\u0000-\u001f\u007f-\u009f]/.test(id) && id.length <= 256);
/** Within the years that a timestamp is told apart in by its size. */
const time = fc.integer({ min: Date.UTC(2001, 0), max: Date.UTC(2100, 0) });
const writing = fc.constantFrom<(ms: number) => string | number>(
  (ms) => new Date(ms).toISOString(),
  (ms) => ms,
  (ms) => ms / 1000,
  (ms) => new Date(ms + 5.5 * 3_600_000).toISOString().replace("Z", "+05:30"),
);
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const fields = fc.dictionary(
  fc.string({ maxLength: 20 }).map((name) => `x_${name}`),
  fc.oneof(number, fc.string(), fc.boolean(), fc.constant(null)),
);
const known = fc.record(
  { roughness: number, nozzle_temp: number, layer: number, vibration: fc.constant(null), state: fc.string() },
  { requiredKeys: [] },
);

describe("a message", () => {
  it("that is a reading comes out as it went in, with printer and time", () => {
    fc.assert(
      fc.property(printer, time, writing, known, fields, (printer_id, ms, write, some, others) => {
        const text = JSON.stringify({ ...some, ...others, printer_id, timestamp: write(ms) });
        expect(decodeReading(text, topicKey(printer_id), always)).toEqual({
          key: printer_id,
          eventTime: ms,
          reading: JSON.parse(text),
        });
      }),
    );
  });

  it("of any text is a reading or is refused in one line that fits a log, and never throws", () => {
    const json = fc.json({ maxDepth: 4 });
    const near = fc
      .dictionary(fc.constantFrom("printer_id", "timestamp", "roughness", "kind", "__proto__", "x"), fc.jsonValue())
      .map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), json, near), (text) => {
        const decoded = decodeReading(text, topicKey(undefined), always);
        if ("refused" in decoded) expect(decoded.refused).toMatch(/^[^\p{Cc}]{5,300}$/u);
        else {
          expect(Number.isFinite(decoded.eventTime)).toBe(true);
          for (const name of Object.keys(decoded.reading)) expect(forbidden.has(name)).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("changes no other object, whatever its keys are", () => {
    for (const name of ["__proto__", "constructor", "prototype", "toString"])
      decodeReading(
        `{"printer_id":"a","timestamp":1767225600,"${name}":{"polluted":true}}`,
        topicKey(undefined),
        always,
      );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each(["my printer", "Drucker №1", 'the "new" one', "a".repeat(256), "..", "$SYS", "printer-1.local:80"])(
    "may come from a printer called %s",
    (printer_id) => {
      const text = JSON.stringify({ printer_id, timestamp: 1_767_225_600 });
      expect(decodeReading(text, topicKey(printer_id), always)).toMatchObject({ key: printer_id });
    },
  );

  it("is taken at both ends of the span that its time must lie in, and refused beyond", () => {
    const at = (timestamp: number) =>
      decodeReading(JSON.stringify({ printer_id: "a", timestamp }), topicKey("a"), {
        earliest: 1_767_225_600_000,
        latest: 1_767_225_700_000,
      });
    expect([1_767_225_600_000, 1_767_225_700_000].map(at)).toEqual([
      expect.objectContaining({ eventTime: 1_767_225_600_000 }),
      expect.objectContaining({ eventTime: 1_767_225_700_000 }),
    ]);
    for (const time of [1_767_225_599_999, 1_767_225_700_001])
      expect(at(time)).toMatchObject({ refused: expect.stringContaining("too far from now") });
  });
});
