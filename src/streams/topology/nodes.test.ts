import { describe, expect, it } from "@jest/globals";
import { around, compiled, names, node, problemsOf, smallPipeline } from "../contract/pipelines.js";

describe("nodes that are left out", () => {
  it("depend on variables", () => {
    expect(names(compiled(smallPipeline, { INFLUXDB_URL: "http://db", INFLUXDB_TOKEN: "t" }))).toEqual([
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
    expect(names(compiled(text))).toEqual(["sensors", "p", "out"]);
    expect(names(compiled(text.replace("enabled", "unless")))).toContain("no");
  });

  it.each(["true", "1", "yes", "http://db"])("by unless: %s", (unless) => {
    const text = around(
      "p: { type: pass, from: sensors }",
      `out: { type: table, from: p }\nno: { type: table, from: p, unless: ${unless} }`,
    );
    expect(names(compiled(text))).toEqual(["sensors", "p", "out"]);
    expect(names(compiled(text.replace("unless", "enabled")))).toContain("no");
  });

  it("are gone from every from, and take with them what reads nothing else", () => {
    const text = around(
      "p: { type: pass, from: sensors, enabled: false }\nq: { type: pass, from: p }\nr: { type: pass, from: [q, sensors] }",
      "out: { type: table, from: [r, q] }\nmore: { type: table, from: q }",
    );
    const topology = compiled(text);
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
    expect(node(compiled(rule('"${LIMIT:-75}"')), "t").options).toMatchObject({ above: 75 });
    expect(node(compiled(rule("'${LIMIT}'"), { LIMIT: "-1.5e1" }), "t").options).toMatchObject({ above: -15 });
    expect(problemsOf(rule('"${LIMIT}"'), { LIMIT: "high" })).toEqual([
      'x.yaml:5:57  node "t": above: write a number, not text',
    ]);
  });

  it("are text where the option wants text", () => {
    const text = around(
      "p: { type: pass, from: sensors }",
      'out: { type: table, from: p, bucket: "${BUCKET}", token: "${TOKEN}" }',
    );
    expect(node(compiled(text, { BUCKET: "2024", TOKEN: "true" }), "out").options).toEqual({
      bucket: "2024",
      token: "true",
    });
  });

  it("are never taken for structure", () => {
    const text = around("p: { type: pass, from: sensors }", 'out: { type: table, from: p, bucket: "${BUCKET}" }');
    expect(node(compiled(text, { BUCKET: "{a: [b]}" }), "out").options).toEqual({ bucket: "{a: [b]}" });
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
