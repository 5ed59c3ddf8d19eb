import { describe, expect, it } from "@jest/globals";
import { around, compiled, names, node, problemsOf, smallPipeline } from "../contract/pipelines.js";

describe("a pipeline in order", () => {
  const topology = compiled(smallPipeline);

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
    const both = compiled(
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
    const turned = compiled(
      around("b: { type: pass, from: a }\na: { type: pass, from: sensors }", "out: { type: table, from: b }"),
    );
    expect(names(turned)).toEqual(["sensors", "a", "b", "out"]);
  });

  it("does not say where in memory it was made", () => {
    expect(compiled(smallPipeline)).toEqual(topology);
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
      'x.yaml:4:56  node "sensors": qos: write one of 0, 1',
      'x.yaml:5:18  node "other": unknown source "mqqt". Did you mean "mqtt"?',
      'x.yaml:7:10  node "spans": size is missing: write a whole number and a unit: 250ms, 10s, 5m, 1h, 2d',
      'x.yaml:7:32  node "spans": no node is called "sensor". Did you mean "sensors"?',
      'x.yaml:8:33  node "score": no node is called "control". Known: sensors, other, spans, alert, history.',
      'x.yaml:8:50  node "score": fields: list at least 1',
      'x.yaml:9:3  node "sensors": the source of line 4 has the same name: rename one',
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
    ).toEqual([
      'x.yaml:5:33  node "score": operator "extract" accepts window, but "sensors" emits reading; let it read a node that emits window',
    ]);
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
