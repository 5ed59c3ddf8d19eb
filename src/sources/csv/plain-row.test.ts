import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { PlainRow } from "./plain-row.js";
import { textsOf } from "./row.js";

const row = new PlainRow(";");
const numbers = ({ width }: PlainRow): number[] => Array.from({ length: width }, (_, i) => row.number(i));

describe("PlainRow", () => {
  it("cuts where split does", () => {
    const text = fc.string({ unit: fc.constantFrom(";", "1", ".", "-", "x", " ", "ä") });
    fc.assert(fc.property(text, (some) => expect(textsOf(row.read(some, 0, some.length))).toEqual(some.split(";"))));
  });

  it("reads a part of a longer text", () => {
    expect(textsOf(row.read("1;2\n3;44\n5", 4, 8))).toEqual(["3", "44"]);
    expect(numbers(row)).toEqual([3, 44]);
  });

  it("reads numbers to the last digit, or leaves them to others", () => {
    const written = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.tuple(fc.integer(), fc.nat(9)).map(([n, digits]) => (n / 10 ** digits).toFixed(digits)),
      fc.string({ unit: fc.constantFrom("0", "1", "9", ".", "-", "+", "e", " ") }),
    );
    fc.assert(
      fc.property(written, (text) => {
        const read = row.read(text, 0, text.length).number(0);
        if (!Number.isNaN(read)) expect(Object.is(read, Number(text))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["215", 215],
    ["-0.25", -0.25],
    ["-0", -0],
    ["007", 7],
    ["123456789012.345", 123456789012.345],
    ["", NaN],
    ["-", NaN],
    ["1.2.3", NaN],
    ["1e3", NaN],
    ["1234567890.123456", NaN],
  ])("takes %j for %d", (text, number) => expect(row.read(text, 0, text.length).number(0)).toBe(number));

  it("has room for any number of cells", () => {
    const text = Array.from({ length: 1000 }, (_, i) => i).join(";");
    expect(numbers(row.read(text, 0, text.length))).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });
});
