import { describe, expect, it } from "@jest/globals";
import { Labels, SETTLING } from "./labels.js";

describe("Labels", () => {
  /** A reading a second; the clog is there from 100 to 199 s. */
  function clogged(): Labels {
    const labels = new Labels();
    for (let s = 0; s < 400; s++) labels.add("printer_1", s * 1000, s >= 100 && s < 200 ? "clog" : null);
    return labels;
  }
  const at = (labels: Labels, end: number, key = "printer_1") => labels.of(key, (end - 30) * 1000, end * 1000);

  it.each([
    ["healthy before the fault", 100, null],
    ["faulty from its first reading", 101, "clog"],
    ["faulty up to its last reading", 200, "clog"],
    ["unclear right after it", 201, undefined],
    ["unclear while the printer settles", 200 + 30 + SETTLING / 1000 - 1, undefined],
    ["healthy again once it has settled", 200 + 30 + SETTLING / 1000, null],
  ])("%s", (_, end, label) => expect(at(clogged(), end)).toBe(label));

  it("keeps printers apart", () => expect(at(clogged(), 150, "printer_2")).toBeNull());

  it("takes a recording without labels for healthy", () => {
    const labels = new Labels();
    labels.add("printer_1", 0, undefined);
    expect(at(labels, 30)).toBeNull();
  });

  it("tells apart two faults, one right after the other", () => {
    const labels = new Labels();
    for (let s = 0; s < 100; s++) labels.add("printer_1", s * 1000, s < 50 ? "clog" : "runout");
    expect([at(labels, 40), at(labels, 50), at(labels, 51), at(labels, 100)]).toEqual([
      "clog",
      "clog",
      "runout",
      "runout",
    ]);
  });
});
