import { describe, expect, it } from "@jest/globals";
import { formatProblem, Problems } from "./problem.js";
import { plain } from "./tree.js";
import { readYaml } from "./yaml.js";

function read(text: string, variables = {}): unknown {
  const problems = new Problems("x.yaml");
  const tree = readYaml(text, variables, problems);
  return problems.sorted().length > 0 ? problems.sorted().map(formatProblem) : tree && plain(tree);
}

describe("a YAML file", () => {
  it("is read with variables filled in", () => {
    expect(read('a: "${N}"\nb: [x, "${N}0"]\nc: |\n  ${N}\n', { N: "5" })).toEqual({ a: 5, b: ["x", 50], c: 5 });
  });

  it("keeps keys as they are written", () => {
    expect(read("1: a\non: b\nnull: c\n")).toEqual({ 1: "a", on: "b", null: "c" });
  });

  it("may begin with a byte order mark and end lines with CR LF", () => {
    expect(read("\uFEFFa: 1\r\nb: 2\r\n")).toEqual({ a: 1, b: 2 });
    expect(read("\uFEFFa: 1\r\na: 2\r\n")).toEqual(['x.yaml:2:1  "a" stands here twice']);
  });

  it("may repeat a part", () => {
    expect(read("a: &x { b: [1] }\nc: *x\nd: [*x, *x]\n")).toEqual({
      a: { b: [1] },
      c: { b: [1] },
      d: [{ b: [1] }, { b: [1] }],
    });
  });

  it("may set an anchor anew", () => {
    expect(read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")).toEqual({ a: 1, b: 1, c: 2, d: 2 });
  });

  it("does not take `__proto__` for anything but a key", () => {
    const value = read("__proto__: { polluted: true }\n") as object;
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("text that is no pipeline file", () => {
  it.each([
    [
      "a: { b: ${X:-5} }",
      'x.yaml:1:10  not YAML: put text that holds { or } in quotes, as in "${NAME:-5}" or "printer/control/{key}"',
    ],
    [
      "a: { t: a/{key}/b }",
      'x.yaml:1:11  not YAML: put text that holds { or } in quotes, as in "${NAME:-5}" or "printer/control/{key}"',
    ],
    ["a: 1\n---\nb: 2\n", "x.yaml:2:1  a second document begins here: keep one pipeline a file"],
    ["a:\n\tb: 1\n", "x.yaml:2:1  indent with spaces, not tabs"],
    ["a: 'b\n", "x.yaml:2:1  not YAML: Missing closing 'quote"],
    ["a: !env X\n", "x.yaml:1:4  unknown tag !env: leave it out"],
    ["a: 1\nb: 2\na: 3\n", 'x.yaml:3:1  "a" stands here twice'],
    ["? [a]\n: b\n", "x.yaml:1:3  a key is a plain name"],
    ["a: *gone\n", "x.yaml:1:4  no anchor &gone ends before *gone"],
    ["a: &x [*x]\n", "x.yaml:1:8  no anchor &x ends before *x"],
    ["5", "x.yaml:1:1  a pipeline file is a map with name, sources, operators and sinks"],
    ["---\n", "x.yaml:1:1  the file is empty: a pipeline has a name, sources, operators and sinks"],
  ])("%j", (text, problem) => expect(read(text)).toEqual([problem]));

  it("is bounded in length", () => {
    expect(read(`# ${"x".repeat(1_000_000)}`)).toEqual([
      "x.yaml:1:1  the file has more than 1000000 characters: split it",
    ]);
  });

  it("is bounded in depth, written out or by repetition", () => {
    const tooDeep = ["x.yaml:1:1  the file is nested more than 50 levels deep"];
    expect(read(`a: ${"[".repeat(60)}${"]".repeat(60)}`)).toEqual(tooDeep);
    expect(read(`a: ${"[".repeat(40)}${"]".repeat(40)}`)).toHaveProperty("a");
    const steps = Array.from({ length: 60 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`);
    expect(read(`a0: &a0 [x]\n${steps.join("")}`)).toEqual(tooDeep);
  });

  it("is bounded in what repetition makes of it", () => {
    const steps = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]\n`);
    expect(read(`a0: &a0 [x]\n${steps.join("")}`)).toEqual([
      "x.yaml:1:1  the file spells out more than 100000 values: split it",
    ]);
  });

  it("may be nested beyond what any parser reads", () => {
    expect(read("[".repeat(100_000))).toHaveLength(1);
    expect(read(`a: ${"{a: ".repeat(20_000)}1${"}".repeat(20_000)}`)).toHaveLength(1);
  });
});
