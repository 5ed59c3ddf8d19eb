import { describe, expect, it } from "@jest/globals";
import { pauseBefore } from "./back-off.js";

describe("pause between attempts", () => {
  it("doubles its bound up to half a minute", () => {
    const almostOne = () => 0.9999;
    expect([0, 1, 2, 5, 6, 1000].map((attempt) => pauseBefore(attempt, almostOne))).toEqual([
      499, 999, 1999, 15998, 29997, 29997,
    ]);
  });

  it("is spread over the whole bound, and never nothing", () => {
    expect(pauseBefore(3, () => 0.5)).toBe(2000);
    expect(pauseBefore(3, () => 0)).toBe(50);
  });
});
