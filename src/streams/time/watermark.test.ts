import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RecordMaker } from "../contract/records.js";
import { furthestBehind, KeyWatermark } from "./watermark.js";

describe("KeyWatermark", () => {
  const records = new RecordMaker();

  it("lies the lateness behind the newest record, marks included", () => {
    const watermark = new KeyWatermark(5000);
    expect(watermark.time).toBe(-Infinity);
    expect(watermark.observe(records.at("a", 10, {}))).toBe(true);
    expect(watermark.time).toBe(5000);
    expect(watermark.observe(records.at("a", 9, {}))).toBe(false);
    expect(watermark.observe(records.mark("a", 20))).toBe(true);
    expect(watermark.time).toBe(15_000);
  });

  it("never goes back, whatever comes, NaN included", () => {
    const times = fc.array(fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity)));
    fc.assert(
      fc.property(times, (all) => {
        const watermark = new KeyWatermark(0);
        let newest = -Infinity;
        for (const time of all) {
          const moved = watermark.advanceTo(time);
          expect(moved).toBe(time > newest);
          if (moved) newest = time;
          expect(watermark.time).toBe(newest);
        }
      }),
    );
  });
});

describe("furthestBehind", () => {
  it("names the key that has come least far", () => {
    expect(
      furthestBehind([
        ["a", 3],
        ["b", 1],
        ["c", 2],
      ]),
    ).toEqual({ time: 1, heldBy: "b" });
  });

  it("leaves out keys without a time, and says so where none has one", () => {
    expect(
      furthestBehind([
        ["a", -Infinity],
        ["b", 7],
      ]),
    ).toEqual({ time: 7, heldBy: "b" });
    expect(furthestBehind([["a", -Infinity]])).toBeUndefined();
    expect(furthestBehind([])).toBeUndefined();
  });
});
