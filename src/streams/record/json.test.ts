import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { floatsFromText, floatsToText, fromJson, toJson, type JsonValue } from "./json.js";

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(NaN, -0, Infinity, -Infinity, Number.MIN_VALUE));
const there = (value: unknown) => fromJson(JSON.parse(JSON.stringify(toJson(value))) as JsonValue);

describe("toJson", () => {
  it("gives back plain data as it was, whatever its numbers and names", () => {
    const name = fc.oneof(fc.string(), fc.constantFrom("$number", "$floats", "$$number", "__proto__"));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        anyNumber,
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value")),
        fc.dictionary(name, tie("value"), { noNullPrototype: true }),
        fc.float64Array(),
      ),
    }));
    fc.assert(fc.property(value, (held) => expect(there(held)).toStrictEqual(held)));
  });

  it("leaves out what is not defined", () => {
    expect(there({ a: 1, b: undefined })).toStrictEqual({ a: 1 });
  });
});

describe("floatsToText", () => {
  it("brings back every digit, NaN and -0, of a part of an array too", () => {
    fc.assert(
      fc.property(fc.array(anyNumber), (list) => {
        const whole = Float64Array.from([1, ...list, 2]);
        expect(floatsFromText(floatsToText(whole.subarray(1, -1)))).toStrictEqual(Float64Array.from(list));
      }),
    );
  });

  it("refuses half a number", () => {
    expect(() => floatsFromText("AAAA")).toThrow("3 bytes are no whole numbers of 8 bytes; what was saved is damaged");
  });
});
