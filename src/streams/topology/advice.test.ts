import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { defineOperator } from "../component/define.js";
import type { NodeView } from "../component/definition.js";
import { ConfigError } from "../component/errors.js";
import { Registry } from "../component/registry.js";
import { smallRegistry } from "../contract/definitions.js";
import { around } from "../contract/pipelines.js";
import { compile } from "./compile.js";
import { formatProblem } from "./problem.js";

/** The small registry with an operator that looks around. */
function problemsOf(text: string, advise: (place: NodeView, options: { say: string }) => readonly object[]): string[] {
  const curious = defineOperator({
    type: "curious",
    summary: "Looks around.",
    options: z.strictObject({ say: z.string().prefault("hm"), list: z.array(z.number()).optional() }),
    examples: [{}],
    accepts: "any",
    emits: ([input]) => input!,
    stateful: false,
    advise: (options, place) => advise(place, options) as never,
    open: () => ({ process() {} }),
  });
  const registry = new Registry([...smallRegistry.definitions, curious]);
  const result = compile({ path: "x.yaml", text }, registry, {});
  return ("problems" in result ? result.problems : result.warnings).map(formatProblem);
}

const chain = around(
  "a: { type: pass, from: sensors }\nb: { type: curious, from: a, list: [1, 2] }\nc: { type: pass, from: b }\nd: { type: pass, from: sensors }",
  "out: { type: table, from: [c, d] }\nend: { type: table, from: c }",
);

describe("a component that is asked for advice", () => {
  it("sees what feeds it, what it feeds, and all", () => {
    const seen: Record<string, string[]> = {};
    problemsOf(chain, ({ upstream, downstream, all }) => {
      for (const [side, views] of Object.entries({ upstream, downstream, all }))
        seen[side] = views.map(({ name }) => name).sort();
      return [];
    });
    expect(seen).toEqual({
      upstream: ["a", "sensors"],
      downstream: ["c", "end", "out"],
      all: ["a", "b", "c", "d", "end", "out", "sensors"],
    });
  });

  it("sees checked options, its own and those of others", () => {
    problemsOf(chain, ({ options, upstream }, own) => {
      expect(own).toEqual({ say: "hm", list: [1, 2] });
      expect(options).toBe(own);
      expect(upstream.at(-1)!.options).toMatchObject({ topics: ["a/b"], qos: 1 });
      return [];
    });
  });

  it.each([
    [["list", 1], "6:42"],
    [["list"], "6:38"],
    [["list", 7], "6:38"],
    [["absent"], "6:3"],
    [undefined, "6:3"],
  ])("points at %j", (path, place) => {
    expect(problemsOf(chain, () => [{ severity: "warning", message: "careful", path }])).toEqual([
      `x.yaml:${place}  warning: node "b": careful`,
    ]);
  });

  it("may refuse its place, in either way", () => {
    expect(problemsOf(chain, () => [{ severity: "error", message: "no" }])).toEqual(['x.yaml:6:3  node "b": no']);
    expect(
      problemsOf(chain, () => {
        throw new ConfigError("never");
      }),
    ).toEqual(['x.yaml:6:3  node "b": never']);
  });

  it("is not asked where something before it is wrong", () => {
    const text = chain.replace("a: { type: pass,", "a: { type: pass, wrong: 1,");
    expect(problemsOf(text, () => [{ severity: "error", message: "no" }])).toHaveLength(1);
  });
});
