import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import type { NodeView } from "../../streams/component/definition.js";
import { feedback } from "./index.js";
import { reasonOf } from "./message.js";

const problem = (options: object): unknown => {
  const issue = feedback.options.safeParse(options).error?.issues[0];
  return issue && `${issue.path.join(".")}: ${issue.message}`;
};

describe("feedback options", () => {
  it.each([
    [
      { adjust: { speed: 40 } },
      "adjust.speed: speed 40 is outside of its bounds [50, 120]; change it, or widen bounds",
    ],
    [{ adjust: { speed: 500 } }, "outside of its bounds [50, 120]"],
    [{ adjust: { nozzle_temp: 300 } }, "outside of its bounds [170, 260]"],
    [{ adjust: { bed_temp: -1 } }, "outside of its bounds [0, 110]"],
    [{ adjust: { fan: 101 } }, "outside of its bounds [0, 100]"],
    [{ adjust: { flow: 80 } }, "outside of its bounds [90, 110]"],
    [{ adjust: { speed: 50 }, restore: { speed: 130 } }, "restore.speed: speed 130 is outside"],
    [
      { adjust: { speed: 50 }, bounds: { speed: [30, 80] } },
      "restore: speed 100 is outside of its bounds [30, 80]; write restore",
    ],
    [{ adjust: { speed: 50 }, bounds: { speed: [120, 50] } }, "write the lower bound first"],
    [{ adjust: {} }, "write at least one thing to change"],
    [{ adjust: { pause: false } }, "adjust.pause"],
    [{ adjust: { pause: true }, restore: { pause: true } }, "restore"],
    [{ adjust: { speeed: 50 } }, "speeed"],
    [{ adjust: { speed: NaN } }, "adjust.speed"],
    [{}, "adjust"],
    [{ adjust: { speed: 50 }, topic: "printer/+/control" }, "takes no + or #"],
    [{ adjust: { speed: 50 }, expires: "0s" }, "above zero"],
    [{ adjust: { speed: 50 }, limit: { count: 0, per: "1m" } }, "limit.count"],
    [{ adjust: { speed: 50 }, mode: "manual" }, "mode"],
  ])("refuse %j", (options, message) => expect(problem(options)).toContain(message));

  it("take what lies on or within the bounds, and wider ones", () => {
    expect(problem({ adjust: { speed: 50, nozzle_temp: 260, fan: 0, flow: 110 } })).toBeUndefined();
    expect(problem({ adjust: { speed: 30 }, bounds: { speed: [30, 120] } })).toBeUndefined();
    expect(problem({ adjust: { speed: 30 }, restore: { speed: 80 }, bounds: { speed: [30, 80] } })).toBeUndefined();
  });

  it("have a JSON Schema", () => {
    const schema = z.toJSONSchema(feedback.options, { io: "input" });
    expect(schema).toMatchObject({ required: ["adjust"], properties: { topic: { default: "printer/control/{key}" } } });
  });
});

describe("feedback advice", () => {
  const node = (name: string, options: object): { -readonly [K in keyof NodeView]: NodeView[K] } => ({
    name,
    definition: feedback,
    options: feedback.options.parse({ adjust: { speed: 50 }, ...options }),
    inputs: [],
    upstream: [],
    downstream: [],
    all: [],
    known: () => undefined,
  });
  const advice = (name: string, ...nodes: NodeView[]) => {
    const place = nodes.find((it) => it.name === name)!;
    return feedback.advise!(place.options as never, { ...place, all: nodes });
  };

  it("says nothing of a node that is well", () => expect(advice("a", node("a", {}))).toEqual([]));

  it("refuses a topic that every printer listens to", () => {
    expect(advice("a", node("a", { topic: "printer/control" }))).toMatchObject([
      { severity: "error", path: ["topic"] },
    ]);
  });

  it("warns of no cooldown", () => {
    expect(advice("a", node("a", { cooldown: "0s" }))).toMatchObject([{ severity: "warning", path: ["cooldown"] }]);
  });

  it("warns once of two nodes that undo each other", () => {
    const nodes = [node("a", {}), node("b", { adjust: { speed: 80, fan: 50 } }), node("c", { adjust: { fan: 100 } })];
    expect(advice("a", ...nodes)).toEqual([]);
    expect(advice("b", ...nodes)).toMatchObject([
      { severity: "warning", message: expect.stringContaining('"a" adjusts speed') },
    ]);
    expect(advice("c", ...nodes)).toMatchObject([{ message: expect.stringContaining('"b" adjusts fan') }]);
    expect(advice("b", node("a", { topic: "farm/{key}" }), node("b", {}))).toEqual([]);
  });
});

describe("the reason", () => {
  const said = (parts: object) =>
    reasonOf({ state: "raised", field: "roughness", observed: 80, limit: 75, estimated: false, ...parts } as never);

  it.each([
    [{}, "roughness 80.0 above 75"],
    [{ observed: 12.345, limit: 20 }, "roughness 12.3 below 20"],
    [
      { field: "anomaly_score", observed: 0.91234, limit: 0.9, estimated: true },
      "estimated anomaly_score 0.912 above 0.9",
    ],
    [{ state: "cleared", observed: 60, limit: 70 }, "roughness 60.0 is back below 70"],
    [{ state: "cleared", observed: 70, limit: 70 }, "roughness 70.0 is back at 70"],
    [{ state: "cleared", observed: 30, limit: 28 }, "roughness 30.0 is back above 28"],
  ])("of %j is %s", (parts, expected) => expect(said(parts)).toBe(expected));
});
