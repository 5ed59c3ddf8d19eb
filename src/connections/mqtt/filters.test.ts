import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { anyKey, covers, matches, overlaps, plainFilter, sharedFilter } from "./filters.js";

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

  it.each([
    ["printing/#", "printing/+/sensor", true],
    ["printing/#", "printing", true],
    ["printing/+/sensor", "printing/printer_1/sensor", true],
    ["$share/g/a/+", "a/b", true],
    ["a/b", "a/b", true],
    ["printing/+/sensor", "printing/#", false],
    ["a/+", "+/b", false],
    ["a/+", "a/#", false],
    ["#", "$SYS/#", false],
    ["a", "a/b", false],
    ["a/b", "a", false],
  ])("%s covers %s: %s", (wide, narrow, expected) => expect(covers(wide, narrow)).toBe(expected));

  const level = fc.constantFrom("a", "b", "$x", "");
  const topics = fc.array(level, { minLength: 1, maxLength: 3 }).map((levels) => levels.join("/"));
  const filters = fc
    .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([levels, open]) => [...levels, ...(open ? ["#"] : [])].join("/"));

  it("one that covers another matches all that the other does", () => {
    fc.assert(
      fc.property(filters, filters, topics, (wide, narrow, topic) => {
        if (covers(wide, narrow) && matches(narrow, topic)) expect(matches(wide, topic)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("two filters overlap if one topic matches both", () => {
    fc.assert(
      fc.property(filters, filters, topics, (a, b, topic) => {
        if (matches(a, topic) && matches(b, topic)) expect(overlaps(a, b)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("says where a topic with a key in it can lead", () => {
    expect(anyKey("printer/control/{key}")).toBe("printer/control/+");
    expect(anyKey("farm/printer-{key}/set")).toBe("farm/+/set");
    expect(anyKey("a/b")).toBe("a/b");
  });

  it("takes a shared filter apart", () => {
    expect(sharedFilter("$share/group/a/+")).toEqual({ group: "group", filter: "a/+" });
    expect(sharedFilter("$share/group")).toBeUndefined();
    expect(sharedFilter("a/+")).toBeUndefined();
    expect(plainFilter("$share/group//a")).toBe("/a");
    expect(plainFilter("a/+")).toBe("a/+");
  });
});
