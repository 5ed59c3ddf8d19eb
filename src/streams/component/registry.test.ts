import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { reading } from "../record/record-type.js";
import { defineOperator, defineSink, defineSource } from "./define.js";
import { Registry } from "./registry.js";

const described = { summary: "A test's own.", options: z.strictObject({}), examples: [{}] };
const source = (type: string) =>
  defineSource({ ...described, type, emits: () => reading, finite: () => true, open: () => ({ async *read() {} }) });
const operator = (type: string) =>
  defineOperator({
    ...described,
    ...{ type, accepts: "any", stateful: false },
    emits: () => reading,
    open: () => ({ process: () => undefined }),
  });
const sink = (type: string) =>
  defineSink({
    ...described,
    ...{ type, accepts: "any", reaches: "files" },
    buffer: () => ({ size: 1, wait: 0, limit: 1, overflow: "block" }),
    open: () => ({ write: async () => undefined }),
  });

describe("Registry", () => {
  const registry = new Registry([source("mqtt"), source("csv"), operator("filter"), sink("csv"), sink("influxdb")]);

  it("finds by role and type: two roles may share a type", () => {
    expect(registry.find("source", "csv")?.role).toBe("source");
    expect(registry.find("sink", "csv")?.role).toBe("sink");
    expect(registry.find("operator", "csv")).toBeUndefined();
  });

  it("lists a role in the order of the list", () =>
    expect(registry.ofRole("source").map(({ type }) => type)).toEqual(["mqtt", "csv"]));

  it("suggests the nearest type, or where the type belongs, or what there is", () => {
    expect(registry.suggest("sink", "influx")).toBe(' Did you mean "influxdb"?');
    expect(registry.suggest("sink", "filter")).toBe(' "filter" is an operator: move it to operators.');
    expect(registry.suggest("source", "influxdb")).toBe(' "influxdb" is a sink: move it to sinks.');
    expect(registry.suggest("source", "kafka")).toBe(" Known: csv, mqtt.");
  });

  it("refuses two of one role and type", () =>
    expect(() => new Registry([sink("csv"), sink("csv")])).toThrow('two sinks are called "csv"'));
});

describe("define", () => {
  it("gives the definition its role, and freezes it", () => {
    expect([source("a").role, operator("a").role, sink("a").role]).toEqual(["source", "operator", "sink"]);
    expect(Object.isFrozen(sink("a"))).toBe(true);
  });

  it.each(["Csv", "tumbling_window", "-a", "a-", "a--b", "9a", ""])("refuses %j for a type", (type) =>
    expect(() => source(type)).toThrow("write it like-this"),
  );

  it("refuses a component without an example", () =>
    expect(() =>
      defineSource({
        ...{ ...described, examples: [], type: "a" },
        emits: () => reading,
        finite: () => true,
        open: () => ({ async *read() {} }),
      }),
    ).toThrow('component "a" has no example'));
});
