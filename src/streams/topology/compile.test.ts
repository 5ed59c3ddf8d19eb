import { describe, expect, it } from "@jest/globals";
import { smallPipeline, smallRegistry } from "../contract/definitions.js";
import { compile } from "./compile.js";
import { formatProblem } from "./problem.js";
import type { Variables } from "./substitute.js";
import type { Topology } from "./topology.js";

function problemsOf(text: string, env: Variables = {}): string[] {
  const compiled = compile({ path: "x.yaml", text }, smallRegistry, env);
  return ("problems" in compiled ? compiled.problems : compiled.warnings).map(formatProblem);
}

function topologyOf(text: string, env: Variables = {}): Topology {
  const compiled = compile({ path: "x.yaml", text }, smallRegistry, env);
  if ("problems" in compiled) throw new Error(compiled.problems.map(formatProblem).join("\n"));
  return compiled.topology;
}

const names = ({ nodes }: Topology) => nodes.map(({ name }) => name);
const node = ({ nodes }: Topology, wanted: string) => nodes.find(({ name }) => name === wanted)!;

/** A pipeline around a few lines of operators and sinks. */
function around(operators: string, sinks = "out: { type: table, from: sensors }"): string {
  const section = (lines: string) => lines.replaceAll("\n", "\n  ");
  return `name: x
sources:
  sensors: { type: mqtt, topics: ["a/b"] }
operators:
  ${section(operators)}
sinks:
  ${section(sinks)}
`;
}

describe("a pipeline in order", () => {
  const topology = topologyOf(smallPipeline);

  it("has each node after all that it reads", () => {
    expect(names(topology)).toEqual(["sensors", "spans", "features", "rough", "history", "control"]);
  });

  it("has the options that the schema makes of the file", () => {
    expect(node(topology, "spans").options).toEqual({ size: 30_000, lateness: 5000, late: "side" });
    expect(node(topology, "rough").options).toEqual({ field: "roughness", above: 75, clear: 70 });
  });

  it("has the types of what flows", () => {
    expect(node(topology, "rough").inputs).toEqual([
      { node: "sensors", type: { kind: "reading" } },
      { node: "features", type: { kind: "features", fields: ["nozzle_temp", "roughness"] } },
    ]);
    expect(node(topology, "history").inputs[1]).toEqual({ node: "spans", side: "late", type: { kind: "late" } });
    expect(node(topology, "history")).not.toHaveProperty("emits");
    expect(node(topology, "control").emits).toEqual({ kind: "adjustment" });
  });

  it("knows what the readers of a window want", () => {
    expect(node(topology, "spans").demand).toEqual({ fields: ["nozzle_temp", "roughness"], samples: false });
    expect(node(topology, "sensors").demand).toEqual({ fields: "all", samples: true });
    expect(node(topology, "history").demand).toEqual({ fields: [], samples: false });
  });

  it("joins what several readers want", () => {
    const both = topologyOf(
      around(
        "spans: { type: window, from: sensors, size: 1s }\na: { type: extract, from: spans, fields: [p, q] }\nb: { type: extract, from: spans, fields: [q, r] }",
        "out: { type: table, from: [a, b] }",
      ),
    );
    expect(node(both, "spans").demand).toEqual({ fields: ["p", "q", "r"], samples: false });
  });

  it("has its tests, with times from the start of the scenario", () => {
    const start = Date.UTC(2026, 0, 1);
    expect(topology.tests).toEqual([
      {
        name: "a rough reading slows the printer once",
        env: {},
        insert: [
          {
            at: "sensors",
            records: [
              { key: "printer_1", eventTime: start, value: { roughness: 80 } },
              { key: "printer_1", eventTime: start + 12_000, value: { roughness: 60 } },
            ],
          },
        ],
        expect: [{ at: "control", records: [{ key: "printer_1", value: { speed: 50 } }] }],
        place: { file: "x.yaml", line: 14, column: 5 },
      },
    ]);
  });

  it("reads nodes that stand further down", () => {
    const turned = topologyOf(
      around("b: { type: pass, from: a }\na: { type: pass, from: sensors }", "out: { type: table, from: b }"),
    );
    expect(names(turned)).toEqual(["sensors", "a", "b", "out"]);
  });

  it("does not say where in memory it was made", () => {
    expect(topologyOf(smallPipeline)).toEqual(topology);
  });
});

describe("problems", () => {
  it("are all said at once, each with its place", () => {
    const text = `name: Quality
descripton: x
sources:
  sensors: { type: mqtt, topics: ["printing/a+"], qos: 2 }
  other: { type: mqqt }
operators:
  spans: { type: window, from: sensor }
  score: { type: extract, from: control, fields: [] }
  sensors: { type: pass, from: other }
sinks:
  alert: { type: tabel }
  history: { type: table, from: score, bucket: "\${BUCKET}" }
`;
    expect(problemsOf(text)).toEqual([
      "x.yaml:1:7  name: write a name like-this: small letters, digits and -",
      'x.yaml:2:1  unknown key "descripton". Did you mean "description"?',
      'x.yaml:4:35  node "sensors": topics[0]: + and # each fill a whole level, and # stands last, as in printing/+/sensor',
      'x.yaml:4:56  node "sensors": qos: write 0 or 1',
      'x.yaml:5:18  node "other": unknown source "mqqt". Did you mean "mqtt"?',
      'x.yaml:7:10  node "spans": size is missing: write a whole number and a unit: 250ms, 10s, 5m, 1h, 2d',
      'x.yaml:7:32  node "spans": no node is called "sensor". Did you mean "sensors"?',
      'x.yaml:8:33  node "score": no node is called "control". Known: sensors, other, spans, alert, history.',
      'x.yaml:8:50  node "score": fields: list at least 1',
      'x.yaml:9:3  node "sensors": line 4 has a source of the same name: rename one',
      'x.yaml:11:3  node "alert": from is missing: write the name of the node that it reads, or a list of names',
      'x.yaml:11:18  node "alert": unknown sink "tabel". Did you mean "table"?',
      'x.yaml:12:48  node "history": BUCKET is not set: set it or write ${BUCKET:-default}',
    ]);
  });

  it.each([
    ["", "x.yaml:1:1  the file is empty: a pipeline has a name, sources, operators and sinks"],
    ["# nothing\n", "x.yaml:1:1  the file is empty: a pipeline has a name, sources, operators and sinks"],
    ["- a\n", "x.yaml:1:1  a pipeline file is a map with name, sources, operators and sinks"],
    ["text", "x.yaml:1:1  a pipeline file is a map with name, sources, operators and sinks"],
  ])("say that %j is no pipeline", (text, problem) => expect(problemsOf(text)).toEqual([problem]));

  it("say what a pipeline without nodes lacks", () => {
    expect(problemsOf("name: x\nsources:\n")).toEqual([
      "x.yaml:1:1  the pipeline has no source: name under sources what it reads",
      "x.yaml:1:1  warning: the pipeline has no sink, so nothing comes of it: name under sinks where it writes",
    ]);
    expect(problemsOf("sources: [a]\n")).toEqual([
      "x.yaml:1:1  name is missing: write a name, as in name: quality",
      "x.yaml:1:10  sources is a map of names to nodes",
    ]);
  });

  it("say what is wrong with a node as a whole", () => {
    const text =
      "name: x\nsources:\n  a b: { type: mqtt, topics: [t], from: c }\n  c: mqtt\n  d: {}\n  e: { type: pass }\n";
    expect(problemsOf(text)).toEqual([
      'x.yaml:3:3  "a b" cannot be the name of a source: letters, digits, - and _, a letter first',
      'x.yaml:3:35  node "a b": a source reads no other node: leave out from',
      'x.yaml:4:6  node "c": write what it is, at least its type: { type: mqtt }',
      'x.yaml:5:3  node "d": type is missing: write which source it is: mqtt',
      'x.yaml:6:14  node "e": unknown source "pass". "pass" is an operator: move it to operators.',
    ]);
  });

  it("say which records a component does not take", () => {
    expect(
      problemsOf(around("score: { type: extract, from: sensors, fields: [a] }", "out: { type: table, from: score }")),
    ).toEqual(['x.yaml:5:33  node "score": operator "extract" accepts window, but "sensors" emits reading']);
  });

  it("do not multiply: what hangs on a broken node is not reported", () => {
    const operators =
      "spans: { type: window, from: sensors, size: x }\nf: { type: threshold, from: spans, field: a, above: 1 }";
    expect(problemsOf(around(operators, "out: { type: table, from: f }"))).toEqual([
      'x.yaml:5:47  node "spans": size: write a whole number and a unit: 250ms, 10s, 5m, 1h, 2d',
    ]);
  });

  it("come from what a component makes of its inputs", () => {
    const operators =
      "spans: { type: window, from: sensors, size: 1s }\nf: { type: extract, from: spans, fields: [a] }\nt: { type: threshold, from: f, field: b, above: 1 }";
    expect(problemsOf(around(operators, "out: { type: table, from: t }"))).toEqual([
      'x.yaml:7:3  node "t": no feature is called "b"',
    ]);
  });

  it("point at the option that a check of the whole names", () => {
    const rule = "t: { type: threshold, from: sensors, field: b, above: 1, clear: 2 }";
    expect(problemsOf(around(rule, "out: { type: table, from: t }"))).toEqual([
      'x.yaml:5:67  node "t": clear: clear lies above the limit',
    ]);
  });

  it("come from the advice of components, at the option that it names", () => {
    const text = around(
      "t: { type: threshold, from: sensors, field: b, above: 1 }\nu: { type: threshold, from: sensors, field: c, above: 1 }",
      "act: { type: feedback, from: [t, u], topic: t, adjust: { speed: 5 } }",
    ).replace('"a/b"', '"a/b", "#"');
    expect(problemsOf(text)).toEqual([
      'x.yaml:3:42  warning: node "sensors": takes every topic',
      'x.yaml:8:58  node "act": two rules decide',
    ]);
  });

  it("warn of what nobody reads", () => {
    expect(problemsOf(around("p: { type: pass, from: sensors }\nq: { type: pass, from: p }"))).toEqual([
      'x.yaml:6:3  warning: node "q": nobody reads it: name it in a from, or leave it out',
    ]);
  });
});

describe("from", () => {
  it.each([
    ["[]", 'x.yaml:5:26  node "p": from is empty: name at least one node'],
    ["5", 'x.yaml:5:26  node "p": from: write the name of a node, or a list of names'],
    ["[sensors, sensors]", 'x.yaml:5:36  node "p": from names "sensors" twice'],
    ["[p, sensors]", 'x.yaml:5:27  node "p": it reads itself: name another node in from'],
    ["sensors.late", 'x.yaml:5:26  node "p": "sensors" has no side "late". It has none: write "sensors".'],
    ["out", 'x.yaml:5:26  node "p": sink "out" reports nothing that could be read: name what it reads instead'],
    ['"${WHO}"', 'x.yaml:5:26  node "p": from: WHO is not set: set it or write ${WHO:-default}'],
  ])("%s", (from, problem) => expect(problemsOf(around(`p: { type: pass, from: ${from} }`))).toEqual([problem]));

  it("finds no side that the options do not open, and suggests those that they do", () => {
    const late = (option: string, side: string) =>
      problemsOf(
        around(
          `w: { type: window, from: sensors, size: 1s, late: ${option} }`,
          `out: { type: table, from: [w, w.${side}] }`,
        ),
      );
    expect(late("side", "late")).toEqual([]);
    expect(late("side", "lat")).toEqual(['x.yaml:7:33  node "out": "w" has no side "lat". Did you mean "late"?']);
    expect(late("drop", "late")).toHaveLength(1);
  });

  it("may name a sink that reports what it did", () => {
    const text = around(
      "t: { type: threshold, from: sensors, field: b, above: 1 }",
      "out: { type: table, from: act }\nact: { type: feedback, from: t, topic: t, adjust: {} }",
    );
    expect(names(topologyOf(text))).toEqual(["sensors", "t", "act", "out"]);
  });

  it("that goes in a circle is reported once a circle", () => {
    const text = around(
      "a: { type: pass, from: [sensors, c] }\nb: { type: pass, from: a }\nc: { type: pass, from: b }\nd: { type: pass, from: [e, c] }\ne: { type: pass, from: d }",
      "out: { type: table, from: d }",
    );
    expect(problemsOf(text)).toEqual([
      'x.yaml:5:3  node "a": records would go in a circle: a → b → c → a; take one of them out of a from',
      'x.yaml:8:3  node "d": records would go in a circle: d → e → d; take one of them out of a from',
    ]);
  });
});

describe("nodes that are left out", () => {
  it("depend on variables", () => {
    expect(names(topologyOf(smallPipeline, { INFLUXDB_URL: "http://db", INFLUXDB_TOKEN: "t" }))).toEqual([
      "sensors",
      "spans",
      "features",
      "rough",
      "control",
      "database",
    ]);
  });

  it.each(["false", '""', "0", "no", "off", "False", '"${GONE:-}"', '" "'])("by enabled: %s", (enabled) => {
    const text = around(
      "p: { type: pass, from: sensors }",
      `out: { type: table, from: p }\nno: { type: table, from: p, enabled: ${enabled} }`,
    );
    expect(names(topologyOf(text))).toEqual(["sensors", "p", "out"]);
    expect(names(topologyOf(text.replace("enabled", "unless")))).toContain("no");
  });

  it.each(["true", "1", "yes", "http://db"])("by unless: %s", (unless) => {
    const text = around(
      "p: { type: pass, from: sensors }",
      `out: { type: table, from: p }\nno: { type: table, from: p, unless: ${unless} }`,
    );
    expect(names(topologyOf(text))).toEqual(["sensors", "p", "out"]);
    expect(names(topologyOf(text.replace("unless", "enabled")))).toContain("no");
  });

  it("are gone from every from, and take with them what reads nothing else", () => {
    const text = around(
      "p: { type: pass, from: sensors, enabled: false }\nq: { type: pass, from: p }\nr: { type: pass, from: [q, sensors] }",
      "out: { type: table, from: [r, q] }\nmore: { type: table, from: q }",
    );
    const topology = topologyOf(text);
    expect(names(topology)).toEqual(["sensors", "r", "out"]);
    expect(node(topology, "out").inputs.map((input) => input.node)).toEqual(["r"]);
  });

  it("need no variables, but are still held to names and types", () => {
    const text = (rest: string) =>
      around(
        "p: { type: pass, from: sensors }",
        `out: { type: table, from: p }\nno: { type: table, enabled: "\${URL:-}", from: p, token: "\${TOKEN}" ${rest} }`,
      );
    expect(problemsOf(text(""))).toEqual([]);
    expect(problemsOf(text(', bucket: "${N:-5}", toke: x'))).toEqual([
      'x.yaml:8:91  node "no": unknown key "toke". Did you mean "token"?',
    ]);
    expect(problemsOf(text(", bucket: 5"))).toHaveLength(1);
  });

  it("are said where nothing remains", () => {
    expect(
      problemsOf(around("p: { type: pass, from: sensors }", "out: { type: table, from: p, enabled: false }")),
    ).toEqual(["x.yaml:1:1  warning: every sink is left out, so nothing comes of the pipeline"]);
  });

  it("are decided by one value", () => {
    expect(
      problemsOf(around("p: { type: pass, from: sensors, enabled: [a] }", "out: { type: table, from: p }")),
    ).toEqual(['x.yaml:5:44  node "p": enabled: write true, false or "${NAME:-}"']);
  });
});

describe("variables", () => {
  const rule = (above: string) =>
    around(`t: { type: threshold, from: sensors, field: b, above: ${above} }`, "out: { type: table, from: t }");

  it("are read as YAML reads a plain value", () => {
    expect(node(topologyOf(rule('"${LIMIT:-75}"')), "t").options).toMatchObject({ above: 75 });
    expect(node(topologyOf(rule("'${LIMIT}'"), { LIMIT: "-1.5e1" }), "t").options).toMatchObject({ above: -15 });
    expect(problemsOf(rule('"${LIMIT}"'), { LIMIT: "high" })).toEqual([
      'x.yaml:5:57  node "t": above: write a number, not text',
    ]);
  });

  it("are text where the option wants text", () => {
    const text = around(
      "p: { type: pass, from: sensors }",
      'out: { type: table, from: p, bucket: "${BUCKET}", token: "${TOKEN}" }',
    );
    expect(node(topologyOf(text, { BUCKET: "2024", TOKEN: "true" }), "out").options).toEqual({
      bucket: "2024",
      token: "true",
    });
  });

  it("are never taken for structure", () => {
    const text = around("p: { type: pass, from: sensors }", 'out: { type: table, from: p, bucket: "${BUCKET}" }');
    expect(node(topologyOf(text, { BUCKET: "{a: [b]}" }), "out").options).toEqual({ bucket: "{a: [b]}" });
  });

  it("stand in no key", () => {
    expect(
      problemsOf(around('p: { type: pass, from: sensors, "${X}": 1 }', "out: { type: table, from: p }"), {
        X: "enabled",
      }),
    ).toEqual(['x.yaml:5:35  node "p": unknown key "${X}". Known: type, from, enabled, unless.']);
  });

  it("do not show their values in messages", () => {
    const text = around("p: { type: pass, from: sensors }", 'out: { type: table, from: p, retry: "${SECRET}" }');
    expect(problemsOf(text, { SECRET: "hunter2" }).join()).not.toContain("hunter2");
  });
});
