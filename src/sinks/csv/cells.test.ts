import { describe, expect, it } from "@jest/globals";
import { writeCell, writeTime } from "./cells.js";

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

describe("writeTime", () => {
  it.each([
    [0, "1970-01-01T00:00:00.000Z"],
    [1686839530123, "2023-06-15T14:32:10.123Z"],
    [1000.5, "1970-01-01T00:00:01.0005Z"],
    [-0.25, "1969-12-31T23:59:59.99975Z"],
    [253402300800000, "253402300800000"],
    [-1e14, "-100000000000000"],
  ])("writes %p as %s", (ms, expected) => expect(writeTime(ms)).toBe(expected));
});
