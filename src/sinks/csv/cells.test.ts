import { describe, expect, it } from "@jest/globals";
import { writeCell } from "./cells.js";

describe("writeCell", () => {
  it.each([
    [215.5, "215.5"],
    [-0, "-0"],
    [1e-7, "1e-7"],
    [NaN, ""],
    [Infinity, ""],
    [true, "true"],
    [null, ""],
    [undefined, ""],
    [{ a: 1 }, ""],
    ["PLA", "PLA"],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ["two\nlines", '"two\nlines"'],
    ["a;b", '"a;b"'],
    ["a\tb", '"a\tb"'],
    ["", ""],
  ])("writes %p as %j", (value, expected) => expect(writeCell(value)).toBe(expected));
});
