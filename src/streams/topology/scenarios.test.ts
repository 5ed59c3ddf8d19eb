import { describe, expect, it } from "@jest/globals";
import { smallRegistry } from "../contract/definitions.js";
import { compile } from "./compile.js";
import { formatProblem } from "./problem.js";
import type { Scenario } from "./topology.js";

const pipeline = `name: x
sources:
  sensors: { type: mqtt, topics: [t] }
operators:
  same: { type: pass, from: sensors }
sinks:
  out: { type: table, from: same }
tests:
`;
const FIRST_LINE = pipeline.split("\n").length;

function scenarios(text: string): readonly Scenario[] | string[] {
  const compiled = compile({ path: "x", text: pipeline + text }, smallRegistry, {});
  if ("topology" in compiled) return compiled.topology.tests;
  return compiled.problems.map((problem) => formatProblem({ ...problem, line: problem.line - FIRST_LINE + 1 }));
}

describe("the tests of a pipeline file", () => {
  it("may be none", () => {
    expect(scenarios("")).toEqual([]);
    expect(scenarios("  []\n")).toEqual([]);
  });

  it("insert and expect one thing or several", () => {
    const [one, several] = scenarios(`
  - name: one
    insert: { at: sensors, file: scenarios/a.csv }
    expect: { at: same, count: 0 }
  - name: several
    env: { LIMIT: 5, ON: true, URL: "" }
    insert: [{ at: sensors, file: a.csv }, { at: sensors, records: [] }]
    expect: [{ at: same, count: 1 }, { at: out, records: [{}, { key: a }, { value: { x: null } }] }]
`) as Scenario[];
    expect(one).toMatchObject({
      name: "one",
      env: {},
      insert: [{ at: "sensors", file: "scenarios/a.csv" }],
      expect: [{ at: "same", count: 0 }],
    });
    expect(several).toMatchObject({
      env: { LIMIT: "5", ON: "true", URL: "" },
      insert: [{ file: "a.csv" }, { records: [] }],
      expect: [
        { at: "same", count: 1 },
        { at: "out", records: [{}, { key: "a" }, { value: { x: null } }] },
      ],
    });
  });

  it("take times from their start, as timestamps, or one second apart", () => {
    const records =
      "[{ key: a, value: {} }, { key: a, value: {} }, { key: a, time: 1m, value: {} }, { key: a, time: 2026-02-01 00:00:01, value: {} }, { key: a, time: 1700000000, value: {} }]";
    const [scenario] = scenarios(`
  - name: times
    insert: { at: sensors, records: ${records} }
    expect: { at: same, count: 5 }
`) as Scenario[];
    const start = Date.UTC(2026, 0, 1);
    expect(scenario!.insert[0]!.records!.map(({ eventTime }) => eventTime)).toEqual([
      start,
      start + 1000,
      start + 60_000,
      Date.UTC(2026, 1, 1, 0, 0, 1),
      1_700_000_000_000,
    ]);
  });

  it.each(["12", '"12"', "soon", "2026-13-01", ".nan", "[]", "-5s"])("do not take %s for a time", (time) => {
    expect(
      scenarios(`
  - name: x
    insert: { at: sensors, records: [{ key: a, time: ${time}, value: {} }] }
    expect: { at: same, count: 1 }
`),
    ).toEqual([
      "x:3:54  tests[0].insert.records[0].time: write a time from the start as in 12s, or a timestamp as in 2026-01-01T00:00:12Z",
    ]);
  });

  it.each([
    [
      "{ at: sensor, file: a }",
      "{ at: same, count: 1 }",
      'x:3:19  test "x": insert: no source is called "sensor". Did you mean "sensors"?',
    ],
    [
      "[{ at: same, file: a }]",
      "{ at: same, count: 1 }",
      'x:3:20  test "x": insert: "same" is no source. Known: sensors.',
    ],
    [
      "{ at: sensors, file: a }",
      "[{ at: smae, count: 1 }]",
      'x:4:20  test "x": expect: no node is called "smae". Did you mean "same"?',
    ],
    ["{ at: sensors }", "{ at: same, count: 1 }", "x:3:13  tests[0].insert: give either a file or records"],
    [
      "{ at: sensors, file: a }",
      "{ at: same }",
      "x:4:13  tests[0].expect: say what is expected: a count, records, dead letters (dead)",
    ],
    [
      "{ at: sensors, file: a }",
      "{ at: same.late, count: 1 }",
      'x:4:19  test "x": expect: "same" has no side "late". It has none: write "same".',
    ],
    [
      "{ at: sensors, file: a, fiel: a }",
      "{ at: same, count: 1 }",
      'x:3:37  tests[0].insert: unknown key "fiel". Did you mean "file"?',
    ],
    ["[]", "{ at: same, count: 1 }", "x:3:13  tests[0].insert: list at least 1"],
    [
      "{ at: sensors, records: [{ key: a, value: { x: [1] } }] }",
      "{ at: same, count: 1 }",
      "x:3:60  tests[0].insert.records[0].value.x: write a number or text or true or false or nothing, not a list",
    ],
  ])("are refused with insert %s and expect %s", (insert, expected, problem) => {
    expect(scenarios(`\n  - name: x\n    insert: ${insert}\n    expect: ${expected}\n`)).toEqual([problem]);
  });

  it("have names of their own", () => {
    const scenario = "  - name: x\n    insert: { at: sensors, file: a }\n    expect: { at: same, count: 1 }\n";
    expect(scenarios(`\n${scenario}${scenario}`)).toEqual(['x:5:11  two tests are called "x": rename one']);
  });

  it("may look at nodes that are left out", () => {
    const text =
      pipeline.replace("from: same", "from: same, enabled: false") +
      "  - { name: x, insert: { at: sensors, file: a }, expect: { at: out, count: 0 } }\n";
    expect(compile({ path: "x", text }, smallRegistry, {})).toHaveProperty("topology");
  });
});
