import { describe, expect, it } from "@jest/globals";
import { around, compiled, names, problemsOf, smallPipeline } from "../contract/pipelines.js";

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
    expect(names(compiled(text))).toEqual(["sensors", "t", "act", "out"]);
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

  it("says of a node that reads nothing only that, whatever it would have made of its input", () => {
    const text = smallPipeline.replace("from: [sensors, features]", "from: { sensors: features }");
    expect(problemsOf(text, { INFLUXDB_TOKEN: "t" })).toEqual([
      expect.stringContaining('node "rough": from: write the name of a node'),
    ]);
  });
});
