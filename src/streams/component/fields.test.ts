import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  byteSize,
  duration,
  fieldName,
  spoolSize,
  isTopicFilter,
  parseDuration,
  positiveDuration,
  topicFilter,
  topicName,
} from "./fields.js";

const takes = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe("byteSize", () => {
  it.each([
    ["512 MiB", 512 * 2 ** 20],
    ["4GiB", 4 * 2 ** 30],
    ["1 KiB", 1024],
    ["0", 0],
    [0, 0],
  ])("reads %p", (given, bytes) => expect(byteSize.parse(given)).toBe(bytes));

  it.each(["4", "4 GB", "1.5 GiB", "", 5, -1, null])("refuses %p and tells how to write one", (given) => {
    const result = byteSize.safeParse(given);
    expect(result.error?.issues.map(({ message }) => message)).toEqual([
      "write 0, or a whole number and a unit: 512 MiB, 4 GiB",
    ]);
  });
});

describe("spoolSize", () => {
  it("is none, or large enough to be used in pieces", () => {
    expect([0, "16 MiB", "4 GiB"].map((size) => spoolSize.safeParse(size).success)).toEqual([true, true, true]);
    expect(spoolSize.safeParse("15 MiB").error?.issues[0]?.message).toBe("write 16 MiB or more, or 0 for none");
  });
});

describe("duration", () => {
  it.each([
    ["0s", 0],
    ["250ms", 250],
    ["10s", 10_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["2d", 172_800_000],
  ])("reads %s as %p ms", (text, ms) => {
    expect(duration.parse(text)).toBe(ms);
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "10", "s", "1.5s", "-1s", "10 s", "10S", "10sec", " 10s", 10, null])("refuses %j", (value) => {
    const result = duration.safeParse(value);
    expect(result.error?.issues[0]?.message).toBe("write a whole number and a unit: 250ms, 10s, 5m, 1h, 2d");
  });

  it("reads every whole number of every unit", () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));
    fc.assert(fc.property(fc.nat(), unit, (n, u) => expect(parseDuration(`${n}${u}`)).toBe(n * units[u])));
  });

  it("lets its default pass through as well", () => expect(duration.prefault("5s").parse(undefined)).toBe(5000));

  it("may be told not to be zero", () => {
    expect(positiveDuration.safeParse("0ms").error?.issues[0]?.message).toContain("above zero");
    expect(positiveDuration.parse("1ms")).toBe(1);
  });
});

describe("topicFilter", () => {
  it.each(["printing/+/sensor", "#", "+", "a/#", "/a", "a//b", "+/+/#", "$SYS/#", "$share/g/+/a"])(
    "takes %s",
    (filter) => expect(takes(topicFilter, filter)).toBe(true),
  );

  it.each([
    "",
    "a/#/b",
    "a#",
    "a/b+",
    "+a/b",
    "a/\u0000",
    "##",
    5,
    "$share/",
    "$share/g",
    "$share/g/",
    "$share/+/a",
    "$share//a",
  ])("refuses %j", (filter) => expect(takes(topicFilter, filter)).toBe(false));

  it("takes a topic for the filter of itself", () => {
    const level = fc.stringMatching(/^[a-z0-9_{}]{0,5}$/);
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 4 }), (levels) => {
        const topic = levels.join("/");
        expect(isTopicFilter(topic)).toBe(topic !== "");
        expect(takes(topicName, topic)).toBe(topic !== "");
      }),
    );
  });
});

describe("names", () => {
  it.each(["nozzle_temp", "x", "_a1", "X9"])("take %s for a field", (name) =>
    expect(takes(fieldName, name)).toBe(true),
  );
  it.each(["", "9x", "a-b", "a b", "é", "a.b"])("refuse %j for a field", (name) =>
    expect(takes(fieldName, name)).toBe(false),
  );
  it("take no wildcard in a topic to publish to", () => {
    expect(takes(topicName, "printer/control/{key}")).toBe(true);
    for (const topic of ["", "a/+", "a/#", "a\u0000"]) expect(takes(topicName, topic)).toBe(false);
  });
});
