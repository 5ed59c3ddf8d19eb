import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Element } from "../../streams/record/record.js";
import { decode, encode, MOST_ELEMENTS, type Waiting } from "./message.js";

const PLACE = { stream: "orders", partition: 3, sequence: 7 };

/** Elements at these offsets of the journal that they are read from. */
const waiting = (values: readonly [key: string, time: number, text: string][], first = 0): Waiting[] =>
  values.map(([key, eventTime, text], i) => {
    const position = { stream: "orders", partition: 3, offset: first + i };
    return { element: { key, eventTime, value: JSON.parse(text) as unknown, position }, text, arrived: 5 };
  });

describe("messages of a stream on NATS", () => {
  it("give back every key, time and text exactly", () => {
    const time = fc.oneof(fc.double({ noNaN: true }), fc.maxSafeNat());
    const value = fc.json({ depthSize: "small" }).map((text) => `${text} \n`);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: "binary" }), time, value), { minLength: 1, maxLength: 20 }),
        (values) => {
          const given = waiting(values);
          const [chunk] = decode(encode(given, 0).body, PLACE);
          expect(chunk!.texts).toEqual(given.map(({ text }) => text));
          expect(chunk!.elements).toEqual(
            given.map(({ element }, i) => ({
              ...element,
              position: { stream: "orders", partition: 3, offset: 7168 + i },
            })),
          );
        },
      ),
    );
  });

  it("keep marks, and appends apart", () => {
    const [first, second] = waiting([
      ["a", 1, "{}"],
      ["a", 2, "{}"],
    ]);
    const mark = { ...second!.element, value: undefined, cause: "idle" } as Element;
    const chunks = decode(encode([first!, { element: mark, text: "", arrived: 6 }], 0).body, PLACE);
    expect(chunks.map(({ arrived, elements }) => [arrived, elements.length])).toEqual([
      [5, 1],
      [6, 1],
    ]);
    expect(chunks[1]).toMatchObject({ texts: [""], elements: [{ value: undefined, cause: "idle", eventTime: 2 }] });
  });

  it("end where they are full, and where an offset is missing", () => {
    const many = waiting(Array.from({ length: 3000 }, (_, i) => ["a", i, "1"]));
    expect(encode(many, 0).count).toBe(MOST_ELEMENTS);
    expect(encode(many, 2990).count).toBe(10);
    const large = waiting(Array.from({ length: 10 }, (_, i) => ["a", i, `"${"x".repeat(100_000)}"`]));
    expect(encode(large, 0).count).toBe(2);
    expect(encode(large, 0, 1).count).toBe(1);
    const hole = [...waiting([["a", 1, "1"]]), ...waiting([["a", 1, "1"]], 10)];
    expect(encode(hole, 0).count).toBe(1);
  });

  it("are refused when damaged", () => {
    const { body } = encode(waiting([["a", 1, '"text"']]), 0);
    expect(() => decode(body.slice(0, -2), PLACE)).toThrow("its end is missing");
    expect(() => decode("hello", PLACE)).toThrow(SyntaxError);
  });
});
