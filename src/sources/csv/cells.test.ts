import { describe, expect, it } from "@jest/globals";
import { readCell } from "./cells.js";

describe("readCell", () => {
  it.each([
    ["215", 215],
    ["-0", -0],
    ["1e-7", 1e-7],
    ["+5.5", 5.5],
    [".5", 0.5],
    [" 12 ", 12],
    ["0e3", 0],
    ["007", 7],
  ])("reads %j as a number", (cell, expected) => expect(readCell(cell, false)).toBe(expected));

  it.each(["", " ", "\t", "NaN", "nan", "null", " NULL "])("takes %j for missing", (cell) =>
    expect(readCell(cell, false)).toBeUndefined(),
  );

  it.each([
    ["true", true],
    ["FALSE", false],
    [" True ", true],
  ])("reads %j as a truth value", (cell, expected) => expect(readCell(cell, false)).toBe(expected));

  it.each(["PLA", "0x1f", "0b11", "0o7", "1e999", "Infinity", "-Infinity", "12 mm", "-", "2023-06-15", " padded "])(
    "keeps %j as text",
    (cell) => expect(readCell(cell, false)).toBe(cell),
  );

  it("takes a decimal comma only where the comma does not stand between cells", () => {
    expect(readCell("21,5", true)).toBe(21.5);
    expect(readCell("-0,25", true)).toBe(-0.25);
    expect(readCell("1,2,3", true)).toBe("1,2,3");
    expect(readCell("21,5", false)).toBe("21,5");
  });
});
