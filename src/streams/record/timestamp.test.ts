import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseTimestamp, timeText } from "./timestamp.js";

describe("parseTimestamp", () => {
  it.each([
    ["2023-06-15T14:32:10Z", 1686839530000],
    ["2023-06-15T16:32:10.250+02:00", 1686839530250],
    ["2023-06-15T14:32:10.123250Z", 1686839530123.25],
    ["2023-06-15 14:32:10", 1686839530000],
    ["2023-06-15T14:32:10", 1686839530000],
    [" 2023-06-15 14:32 ", 1686839520000],
    ["2023-06-15", 1686787200000],
    ["1686839530", 1686839530000],
    ["1686839530.25", 1686839530250],
    ["1686839530123", 1686839530123],
    [1686839530, 1686839530000],
    [1686839530.5, 1686839530500],
    [1686839530123.25, 1686839530123.25],
    [1686839530.123456, 1686839530123.456],
    [2150602476.686, 2150602476686],
    [0, 0],
    [-1, -1000],
  ])("reads %p as %p", (value, ms) => expect(parseTimestamp(value)).toBe(ms));

  it.each([
    "",
    "soon",
    "row 5",
    "2023-13-45",
    "2023-02-30",
    "2023-02-29T10:00:00Z",
    "2023-06-15T25:00:00Z",
    NaN,
    Infinity,
    null,
    undefined,
    true,
    {},
    [1],
  ])("makes NaN of %p", (value) => expect(parseTimestamp(value)).toBeNaN());

  it("tells seconds from milliseconds by their size, from 1973 to 5138", () => {
    const seconds = fc.integer({ min: 1e8 + 1, max: 1e11 - 1 });
    fc.assert(
      fc.property(seconds, (at) => {
        expect(parseTimestamp(at)).toBe(at * 1000);
        expect(parseTimestamp(at * 1000)).toBe(at * 1000);
      }),
    );
  });

  it("reads the milliseconds of a time in seconds exactly", () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2100, 0) }), (ms) =>
        expect(parseTimestamp(ms / 1000)).toBe(ms),
      ),
      { numRuns: 2000 },
    );
  });

  it("reads back what is written of a time, its fraction of a millisecond too", () => {
    const times = fc.tuple(fc.integer({ min: -6e13, max: 2.5e14 }), fc.integer({ min: 0, max: 31 }));
    fc.assert(
      fc.property(times, ([ms, part]) => expect(parseTimestamp(timeText(ms + part / 32))).toBe(ms + part / 32)),
    );
  });

  it("reads what a date writes", () => {
    const dates = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
    fc.assert(fc.property(dates, (date) => expect(parseTimestamp(date.toISOString())).toBe(date.getTime())));
  });
});

describe("parseTimestamp, the usual form", () => {
  const time = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
  it("reads what any other form of the same time says", () =>
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 5 }), (times) => {
        for (const date of times) {
          expect(parseTimestamp(date.toISOString())).toBe(date.getTime());
          expect(parseTimestamp(date.toISOString().replace("Z", "+00:00"))).toBe(date.getTime());
        }
      }),
    ));

  it.each([
    "2023-06-15T24:00:00Z",
    "2023-06-15T23:60:00Z",
    "2023-06-15T23:59:60Z",
    "2023-02-30T10:00:00Z",
    "2023-06-15T1a:00:00Z",
    "2023-06-15T10:00:00,123Z",
    "2023-06-15T10:00:00.1x3Z",
    "2023-06-1xT10:00:00.123Z",
  ])("judges %s as the other form of it, also after a good one of that day", (text) => {
    const other = parseTimestamp(text.replace("Z", "+00:00"));
    parseTimestamp("2023-06-15T10:00:00Z");
    expect(parseTimestamp(text)).toBe(other);
  });
});

describe("timeText", () => {
  it.each([
    [0, "1970-01-01T00:00:00.000Z"],
    [1686839530123, "2023-06-15T14:32:10.123Z"],
    [1000.5, "1970-01-01T00:00:01.0005Z"],
    [-0.25, "1969-12-31T23:59:59.99975Z"],
    [253402300800000, "253402300800000"],
    [-1e14, "-100000000000000"],
  ])("writes %p as %s", (ms, expected) => expect(timeText(ms)).toBe(expected));
});
