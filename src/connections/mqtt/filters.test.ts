import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { matches, overlaps, plainFilter, sharedFilter } from "./filters.js";

describe("topic filters", () => {
  it.each([
    ["printing/+/sensor", "printing/printer_1/sensor", true],
    ["printing/+/sensor", "printing/sensor", false],
    ["printing/+/sensor", "printing/a/b/sensor", false],
    ["printing/+", "printing/", true],
    ["printing/#", "printing", true],
    ["printing/#", "printing/a/b", true],
    ["printing/#", "printings", false],
    ["#", "printing/a", true],
    ["#", "$SYS/broker/uptime", false],
    ["+/broker/uptime", "$SYS/broker/uptime", false],
    ["$SYS/#", "$SYS/broker/uptime", true],
    ["/+", "/a", true],
    ["+", "/a", false],
    ["a", "A", false],
    ["$share/group/printing/+/sensor", "printing/a/sensor", true],
  ])("%s and the topic %s: %s", (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });

  it.each([
    ["printing/+/sensor", "printing/printer_1/sensor", true],
    ["printing/+/sensor", "printing/+/state", false],
    ["printing/+/sensor", "printing/#", true],
    ["printing/#", "printing", true],
    ["a/+", "+/b", true],
    ["a/+", "+/b/c", false],
    ["#", "$SYS/#", false],
    ["+/x", "$SYS/x", false],
    ["$share/g/a/b", "a/+", true],
    ["a", "b", false],
  ])("%s and %s overlap: %s, either way round", (a, b, expected) => {
    expect(overlaps(a, b)).toBe(expected);
    expect(overlaps(b, a)).toBe(expected);
  });

  it("two filters overlap if one topic matches both", () => {
    const level = fc.constantFrom("a", "b", "$x", "");
    const topics = fc.array(level, { minLength: 1, maxLength: 3 }).map((levels) => levels.join("/"));
    const filters = fc
      .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([levels, open]) => [...levels, ...(open ? ["#"] : [])].join("/"));
    fc.assert(
      fc.property(filters, filters, topics, (a, b, topic) => {
        if (matches(a, topic) && matches(b, topic)) expect(overlaps(a, b)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes a shared filter apart", () => {
    expect(sharedFilter("$share/group/a/+")).toEqual({ group: "group", filter: "a/+" });
    expect(sharedFilter("$share/group")).toBeUndefined();
    expect(sharedFilter("a/+")).toBeUndefined();
    expect(plainFilter("$share/group//a")).toBe("/a");
    expect(plainFilter("a/+")).toBe("a/+");
  });
});
