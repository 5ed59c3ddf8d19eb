import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { TimeReader } from "./time.js";

const read = (cell: string) => new TimeReader().read(cell);

describe("TimeReader", () => {
  it.each([
    ["2023-06-15T14:32:10Z", "2023-06-15T14:32:10.000Z"],
    ["2023-06-15T14:32:10.5Z", "2023-06-15T14:32:10.500Z"],
    ["2023-06-15 14:32:10", "2023-06-15T14:32:10.000Z"],
    ["2023-06-15 14:32:10.123", "2023-06-15T14:32:10.123Z"],
    ["2023-06-15 14:32:10,123", "2023-06-15T14:32:10.123Z"],
    ["2023-06-15T16:32:10+02:00", "2023-06-15T14:32:10.000Z"],
    ["2023-06-15 16:32:10.250 +02:00", "2023-06-15T14:32:10.250Z"],
    [" 2023-06-15T14:32Z ", "2023-06-15T14:32:00.000Z"],
    ["2023-06-15", "2023-06-15T00:00:00.000Z"],
    ["2024-02-29 00:00:00", "2024-02-29T00:00:00.000Z"],
    ["1686839530", "2023-06-15T14:32:10.000Z"],
    ["1686839530123", "2023-06-15T14:32:10.123Z"],
    ["0", "1970-01-01T00:00:00.000Z"],
    ["-1.5", "1969-12-31T23:59:58.500Z"],
  ])("reads %s as %s", (cell, expected) => expect(new Date(read(cell)).toISOString()).toBe(expected));

  it("keeps digits below the millisecond", () => {
    expect(read("1970-01-01T00:00:01.0005Z")).toBe(1000.5);
    expect(read("1.0005")).toBeCloseTo(1000.5, 9);
  });

  it.each([
    "",
    "soon",
    "row 5",
    "Jun 15 2023",
    "2023-13-01T00:00:00Z",
    "2023-02-30T00:00:00Z",
    "2023-02-30",
    "2023-06-15T24:61:00Z",
    "2023-06-15T14:32:10.Z",
    "2023-06-15T14:32:10.12x4Z",
    "2023-06-15T14:32:10x",
    "14:32:10",
    "0x10",
    "NaN",
    "Infinity",
  ])("refuses %j", (cell) => expect(read(cell)).toBeNaN());

  it("reads every ISO time as Date.parse does, whatever came before", () => {
    const times = new TimeReader();
    fc.assert(
      fc.property(
        fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
        (date) => {
          expect(times.read(date.toISOString())).toBe(date.getTime());
          expect(times.read(date.toISOString().slice(0, 19).replace("T", " "))).toBe(
            Math.floor(date.getTime() / 1000) * 1000,
          );
        },
      ),
    );
  });
});
