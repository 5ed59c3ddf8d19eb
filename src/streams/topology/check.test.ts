import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { check } from "./check.js";
import { formatProblem, Problems } from "./problem.js";
import { readYaml } from "./yaml.js";

/** What is said of `a: VALUE` where the schema is that of `a`. */
function said(schema: z.ZodType, value: string, env = {}): string[] {
  const problems = new Problems("x");
  const tree = readYaml(value === "" ? "b: 1" : `a: ${value}`, env, problems)!;
  check(z.object({ a: schema }), tree, { problems });
  return problems.sorted().map((problem) => formatProblem(problem).replace(/^x:\d+:\d+ {2}/, ""));
}

describe("what is said of a value", () => {
  it.each<[string, z.ZodType, string, string]>([
    ["a missing one", z.number(), "", "a is missing: write a number"],
    ["another kind", z.string(), "5", "a: write text, not a number"],
    ["another kind", z.number(), "x", "a: write a number, not text"],
    ["another kind", z.array(z.string()), "{}", "a: write a list, not a map"],
    ["another kind", z.object({}), "[]", "a: write a map, not a list"],
    ["another kind", z.boolean(), "1", "a: write true or false, not a number"],
    ["nothing", z.string(), "", "a is missing: write text"],
    ["nothing written", z.string(), "~", "a: write text, not nothing"],
    ["a number that is none", z.number(), ".nan", "a: write a number, not NaN"],
    ["an infinite number", z.number(), ".inf", "a: write a number, not Infinity"],
    ["a broken number", z.int(), "0.5", "a: write a whole number, not 0.5"],
    ["a small number", z.number().min(2), "1", "a: write a number of at least 2"],
    ["a small number", z.number().gt(2), "2", "a: write a number more than 2"],
    ["a large number", z.number().max(2), "3", "a: write a number of at most 2"],
    ["a large number", z.number().lt(2), "2", "a: write a number less than 2"],
    ["an uneven number", z.number().multipleOf(5), "7", "a: write a multiple of 5"],
    ["short text", z.string().min(1), '""', "a: write at least 1 character"],
    ["long text", z.string().max(2), "abc", "a: write at most 2 characters"],
    ["a short list", z.array(z.string()).min(2), "[a]", "a: list at least 2"],
    ["a long list", z.array(z.string()).max(1), "[a, b]", "a: list at most 1"],
    ["a choice", z.enum(["red", "green"]), "gren", 'a: write one of red, green. Did you mean "green"?'],
    ["the only choice", z.literal(true), "false", "a: write true"],
    ["a pattern", z.string().regex(/^x/), "y", "a: write text that fits /^x/"],
    ["a URL", z.url(), "nowhere", "a: write a URL, as in http://localhost:8086"],
    ["words of its own", z.number({ error: "count!" }), "x", "a: count!"],
    ["a refinement", z.number().refine((n) => n > 5, { error: "too few" }), "1", "a: too few"],
    [
      "a name in a map",
      z.record(z.string().regex(/^x/, { error: "begin with x" }), z.number()),
      "{ y: 1 }",
      "a.y: begin with x",
    ],
    ["a value in a map", z.record(z.string(), z.number()), "{ y: z }", "a.y: write a number, not text"],
  ])("%s", (_, schema, value, expected) => expect(said(schema, value)).toEqual([expected]));
});

describe("what is said of a union", () => {
  const point = z.strictObject({ x: z.number(), y: z.number() });
  const shape = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("circle"), r: z.number() }),
    z.strictObject({ kind: z.literal("square"), side: z.number() }),
  ]);

  it.each<[string, z.ZodType, string, string[]]>([
    ["no branch fits", z.union([z.string(), z.array(z.string())]), "5", ["a: write text or a list, not a number"]],
    ["it is missing", z.union([z.string(), z.number()]), "", ["a is missing: write text or a number"]],
    ["one branch was meant", z.union([z.string(), z.array(z.string())]), "[b, 5]", ["a[1]: write text, not a number"]],
    [
      "one branch was meant",
      z.union([z.number(), point]),
      "{ x: 1, y: b, depth: 1 }",
      ["a.y: write a number, not text", 'a: unknown key "depth". Known: x, y.'],
    ],
    ["of literals", z.union([z.literal("on"), z.literal(5)]), "of", ['a: write one of on, 5. Did you mean "on"?']],
    [
      "it has words of its own",
      z.union([z.string(), z.number()], { error: "a name or a number" }),
      "[]",
      ["a: a name or a number"],
    ],
    [
      "in a union",
      z.union([z.union([z.string(), z.number()]), z.boolean()]),
      "[]",
      ["a: write text or a number or true or false, not a list"],
    ],
    [
      "the kind is wrong",
      shape,
      "{ kind: circel, r: 1 }",
      ['a.kind: write one of circle, square. Did you mean "circle"?'],
    ],
    ["the kind is missing", shape, "{ r: 1 }", ["a.kind is missing: write one of circle, square"]],
    [
      "the kind is right",
      shape,
      "{ kind: circle, side: 1 }",
      ["a.r is missing: write a number", 'a: unknown key "side". Known: kind, r.'],
    ],
  ])("where %s", (_, schema, value, expected) => expect(said(schema, value).sort()).toEqual([...expected].sort()));
});

describe("what is said where variables were filled in", () => {
  it("is nothing where text is wanted and a number was given", () => {
    expect(said(z.string(), '"${V}"', { V: "5" })).toEqual([]);
    expect(said(z.array(z.string()), '[a, "${V}"]', { V: "true" })).toEqual([]);
    expect(said(z.union([z.string(), z.array(z.string())]), '["${V}"]', { V: "~" })).toEqual([]);
    expect(said(z.enum(["1", "2"]), '"${V}"', { V: "1" })).toEqual([]);
  });

  it("is what is wrong where neither fits", () => {
    expect(said(z.number(), '"${V}"', { V: "x" })).toEqual(["a: write a number, not text"]);
    expect(said(z.boolean(), '"${V}"', { V: "5" })).toEqual(["a: write true or false, not a number"]);
  });

  it("is said once where a variable is not set", () => {
    expect(said(z.number(), '"${V}"')).toEqual(["V is not set: set it or write ${V:-default}"]);
    expect(said(z.string(), '"${V}"')).toHaveLength(1);
  });
});
