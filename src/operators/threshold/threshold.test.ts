import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { z } from "zod";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { RecordMaker, feed } from "../../streams/contract/records.js";
import { cutState } from "../../streams/contract/state.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import type { Batch, StreamRecord } from "../../streams/record/record.js";
import { features, reading, verdict } from "../../streams/record/record-type.js";
import type { Verdict } from "../../streams/record/values.js";
import { threshold } from "./index.js";

const START = Date.parse("2026-01-01T00:00:00Z") / 1000;

const open = (options: object) =>
  threshold.open(threshold.options.parse(options), contextFor({ node: "rough" })) as RecordOperator<unknown, unknown>;
const problem = (options: object): string | undefined => threshold.options.safeParse(options).error?.issues[0]?.message;

/** One value a second, `.` for a reading without the field. Gives what was said, `^` raised and `v` cleared, in place. */
function picture(values: string, options: object): string {
  const records = new RecordMaker();
  const columns = values.split(/\s+/).filter((value) => value !== "");
  const elements = columns.map((value, second) =>
    records.at("printer_1", second, value === "." ? {} : { roughness: Number(value) }),
  );
  const said = new Map(
    verdicts(elements, { field: "roughness", ...options }).map((it) => [it.eventTime / 1000, it.value.state]),
  );
  return columns
    .map((_, second) => (said.get(second) === "raised" ? "^" : said.get(second) === "cleared" ? "v" : "-"))
    .join("");
}

function verdicts(elements: Batch, options: object): StreamRecord<Verdict>[] {
  const { main, poison } = feed(open(options), elements);
  expect(poison).toEqual([]);
  return main as StreamRecord<Verdict>[];
}

describe("operator: threshold", () => {
  const shared = new RecordMaker();
  operatorContract({
    definition: threshold,
    options: { field: "roughness", above: 75, clear: 70, hold: "1s", clear_after: "1s", remind: "2s" },
    elements: [70, 80, 81, 82, 83, 76, 72, 69, 69, 69, 80, 80, 80].flatMap((roughness, second) => [
      shared.at("printer_1", second, { roughness }),
      shared.at("printer_2", second, { roughness: 150 - roughness }),
      shared.mark("printer_2", second),
    ]),
  });

  describe("pictures", () => {
    it.each([
      //                          values, and below them what is said
      ["10 75 76 80 75 10 80", "--^-v-^", { above: 75 }],
      ["10 76 74 72 76 70 71 76", "-^---v-^", { above: 75, clear: 70 }],
      ["30 24 25 24 10", "-^v^-", { below: 25 }],
      ["30 24 28 24 30 28 24", "-^--v-^", { below: 25, clear: 30 }],
      ["10 76 74 72 76 70 71 76", "-^---v-^", { above: 75, margin: 5 }],
      ["30 24 28 24 30 28 24", "-^--v-^", { below: 25, margin: 5 }],
      ["80 80 10 80 80 80 80", "-----^-", { above: 75, hold: "2s" }],
      ["80 80 10 80 80 80 80", "-----^-", { above: 75, for: 3 }],
      ["80 80 80 80 80 80", "---^--", { above: 75, for: 2, hold: "3s" }],
      ["80 10 10 80 10 10 10 10", "^-----v-", { above: 75, clear_after: "2s" }],
      ["80 70 72 70 70", "^---v", { above: 75, clear: 70, clear_after: "1s" }],
      ["80 80 80 80 80 80 72 80 10 80", "^--^--" + "-^v^", { above: 75, clear: 70, remind: "3s" }],
      [". 80 . . 10 .", "-^--v-", { above: 75 }],
      ["NaN 80 NaN Infinity 10", "-^--v", { above: 75 }],
      ["80 80 . 80", "-^--", { above: 75, for: 2 }],
      [".", "-", { above: 75 }],
    ])("%s", (values, expected, options) => expect(picture(values, options)).toBe(expected));
  });

  it("speaks in turns, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 60, max: 90 })), (values) => {
        const records = new RecordMaker();
        const elements = values.map((roughness, second) => records.at("printer_1", second, { roughness }));
        const states = verdicts(elements, { field: "roughness", above: 75, clear: 70 }).map(({ value }) => value.state);
        states.forEach((state, i) => expect(state).toBe(i % 2 === 0 ? "raised" : "cleared"));
      }),
    );
  });

  it("says what it saw, where, and which episode it belongs to", () => {
    const records = new RecordMaker();
    const readings = [80.5, 60].map((roughness, i) => records.at("printer_1", START + i, { roughness }));
    const [raised, cleared] = verdicts(readings, { field: "roughness", above: 75, clear: 70 });
    const episode = "printer_1/rough/2026-01-01T00:00:00.000Z";
    const common = { kind: "verdict", rule: "rough", field: "roughness", estimated: false, episode };
    expect(raised).toEqual({
      ...readings[0],
      value: {
        ...common,
        state: "raised",
        observed: 80.5,
        limit: 75,
        evidence: { from: readings[0]!.position, to: readings[0]!.position },
      },
    });
    expect(cleared).toEqual({
      ...readings[1],
      value: {
        ...common,
        state: "cleared",
        observed: 60,
        limit: 70,
        evidence: { from: readings[1]!.position, to: readings[1]!.position },
      },
    });
  });

  it("takes all readings of the run as evidence", () => {
    const records = new RecordMaker();
    const readings = [10, 80, 81, 82].map((roughness, i) => records.at("printer_1", i, { roughness }));
    const [raised] = verdicts(readings, { field: "roughness", above: 75, for: 3 });
    expect(raised!.value.evidence).toEqual({ from: readings[1]!.position, to: readings[3]!.position });
  });

  it("hands on the evidence of features and predictions, spanning their windows", () => {
    const records = new RecordMaker();
    const at = (offset: number) => ({ stream: "test", partition: 0, offset });
    const model = { name: "quality", version: "1" };
    const predictions = [1, 2].map((i) =>
      records.at("printer_1", i, {
        kind: "prediction",
        fields: { score: 0.95 },
        evidence: { window: { start: i * 1000, end: i * 1000 + 3000 }, from: at(i), to: at(i + 3), model },
      }),
    );
    const [raised] = verdicts(predictions, { field: "score", above: 0.9, for: 2 });
    expect(raised!.value).toMatchObject({
      estimated: true,
      evidence: { window: { start: 1000, end: 5000 }, from: at(1), to: at(5), model },
    });
  });

  it("watches how many samples a window has", () => {
    const records = new RecordMaker();
    const window = { kind: "window", start: 0, end: 10_000, count: 2, fields: [], summaries: [] };
    const [raised] = verdicts([records.at("printer_1", 10, window)], { field: "count", below: 5 });
    expect(raised!.value).toMatchObject({
      observed: 2,
      estimated: false,
      evidence: { window: { start: 0, end: 10_000 } },
    });
  });

  describe("several inputs", () => {
    const records = new RecordMaker();
    const measured = (second: number, roughness?: number) =>
      records.at("printer_1", second, { roughness: roughness ?? null });
    const estimated = (second: number, roughness: number) =>
      records.at("printer_1", second, { kind: "prediction", fields: { roughness }, evidence: {} });
    const states = (elements: StreamRecord<object>[], options: object = {}) =>
      verdicts(elements, { field: "roughness", above: 75, ...options }).map(({ value }) => [
        value.state,
        value.estimated,
      ]);

    it("lets an estimate stand in where nothing is measured", () => {
      expect(states([measured(1), estimated(1, 80), measured(2), estimated(2, 60)])).toEqual([
        ["raised", true],
        ["cleared", true],
      ]);
    });

    it("heeds no estimate beside what is measured", () => {
      expect(states([measured(1, 80), estimated(1, 60), measured(2, 81), estimated(3, 20)])).toEqual([
        ["raised", false],
      ]);
    });

    it("heeds it again once nothing was measured for long enough", () => {
      expect(states([measured(1, 80), estimated(60, 60), estimated(61, 60)])).toEqual([
        ["raised", false],
        ["cleared", true],
      ]);
      expect(states([measured(1, 80), estimated(2, 60)], { estimate_after: "1s" })).toHaveLength(2);
    });
  });

  describe("out of order", () => {
    const records = new RecordMaker();
    const at = (second: number, roughness: number) => records.at("printer_1", second, { roughness });
    const rule = { field: "roughness", above: 75 };

    it("changes nothing for a reading older than the newest", () => {
      expect(verdicts([at(10, 80), at(9, 60), at(11, 80)], rule)).toHaveLength(1);
      expect(verdicts([at(10, 60), at(9, 80), at(11, 60)], rule)).toHaveLength(0);
    });

    it("takes two readings of one time in the order of arrival", () => {
      expect(verdicts([at(10, 80), at(10, 60)], rule)).toHaveLength(2);
    });

    it("starts over where a clock was set back by an hour or more", () => {
      const jump = [at(100_000, 80), at(10, 80), at(11, 60), at(12, 80), at(13, 80)];
      expect(verdicts(jump, rule).map(({ eventTime, value }) => [eventTime, value.state])).toEqual([
        [100_000_000, "raised"],
        [11_000, "cleared"],
        [12_000, "raised"],
      ]);
      expect(verdicts([at(100_000, 80), at(10, 80), at(11, 80), at(12, 80)], { ...rule, for: 3 })).toHaveLength(1);
      expect(verdicts([at(100_000, 80), at(10, 80), at(12, 80)], { ...rule, remind: "2s" })).toHaveLength(2);
    });
  });

  it("heeds only records for which `while` holds", () => {
    const records = new RecordMaker();
    const at = (second: number, roughness: number, state?: string) =>
      records.at("printer_1", second, { roughness, ...(state && { state }) });
    const options = { field: "roughness", above: 75, for: 2, while: "!exists(state) || state == 'printing'" };
    const elements = [
      at(1, 80, "printing"),
      at(2, 80, "idle"), // breaks the run
      at(3, 80, "printing"),
      at(4, 80),
      at(5, 10, "idle"), // and does not end the episode
      at(6, 10, "printing"),
    ];
    expect(verdicts(elements, options).map((it) => [it.eventTime, it.value.state])).toEqual([
      [4000, "raised"],
      [6000, "cleared"],
    ]);
  });

  it("keeps an episode open while the printer is silent or away", () => {
    const records = new RecordMaker();
    const elements = [
      records.at("printer_1", 1, { roughness: 80 }),
      records.mark("printer_1", 60, "gone"),
      records.at("printer_1", 100, { roughness: 80 }),
      records.at("printer_1", 101, { roughness: 60 }),
    ];
    expect(verdicts(elements, { field: "roughness", above: 75 }).map((it) => it.value.episode)).toEqual([
      "printer_1/rough/1970-01-01T00:00:01.000Z",
      "printer_1/rough/1970-01-01T00:00:01.000Z",
    ]);
  });

  it("changes nothing for a field of another type, and takes a time that no calendar has", () => {
    const records = new RecordMaker();
    const values = ["80", true, null, undefined, {}].map((roughness, i) => records.at("printer_1", i, { roughness }));
    expect(verdicts(values, { field: "roughness", above: 75 })).toEqual([]);
    const [raised] = verdicts([records.at("printer_1", 1e15, { roughness: 80 })], { field: "roughness", above: 75 });
    expect(raised!.value.episode).toBe("printer_1/rough/1000000000000000000");
  });

  it("saves a run as it was at the cut, although a record that does not count has ended it since", () => {
    const records = new RecordMaker();
    const [operator, other] = [1, 2].map(() => open({ field: "roughness", above: 75, for: 3, while: "printing" }));
    const over = records.at("printer_1", 1, { roughness: 80, printing: true });
    for (const each of [operator!, other!]) feed(each, [over], { flush: false });
    const pull = cutState(operator!);
    feed(operator!, [records.at("printer_1", 2, { roughness: 80, printing: false })], { flush: false });
    expect(pull()).toEqual(cutState(other!)());
    expect(cutState(operator!)()).not.toEqual(cutState(other!)());
    expect(operator!.keys!()).toBe(1);
  });

  it("takes old state with another limit, and not with another field", () => {
    const of = (options: object) => threshold.stateOf!(threshold.options.parse(options));
    const old = of({ field: "roughness", above: 75 });
    expect(of({ field: "roughness", above: 60, clear: 50, hold: "5s", while: "printing" })).toEqual(old);
    expect(of({ field: "vibration", above: 75 })).not.toEqual(old);
    expect(of({ field: "roughness", below: 75 })).not.toEqual(old);
  });

  describe("options", () => {
    it("need one limit, and a clear limit on its safe side", () => {
      expect(problem({ field: "a" })).toContain("write a limit: above or below");
      expect(problem({ field: "a", above: 1, below: 2 })).toContain("write above or below, not both");
      expect(problem({ field: "a", above: 75, clear: 76 })).toContain("write clear: 75 or less");
      expect(problem({ field: "a", below: 75, clear: 74 })).toContain("write clear: 75 or more");
      expect(problem({ field: "a", above: 75, clear: 70, margin: 5 })).toContain("write clear or margin, not both");
      expect(problem({ field: "a", above: 75, margin: -1 })).toContain("write 0 or more");
      expect(problem({ field: "a", above: 0, clear: 0 })).toBeUndefined();
      expect(problem({ field: "a b", above: 1 })).toContain("write a field name");
      expect(problem({ field: "a", above: "high" })).toContain("write a number");
      expect(problem({ field: "a", above: 1, for: 0 })).toBeDefined();
      expect(problem({ field: "a", above: 1, while: "b" })).toBeUndefined();
      expect(problem({ field: "a", above: 1, while: "b = 1" })).toContain("write == to compare");
    });

    it("name what it reads of windows", () => {
      const options = threshold.options.parse({ field: "a", above: 1, while: "b > 1 && c" });
      expect(threshold.demands!(options)).toEqual({ fields: ["a", "b", "c"], samples: false });
    });

    it("name a feature that exists, where it is known which there are", () => {
      const options = threshold.options.parse({ field: "roughness_men", above: 1 });
      expect(() => threshold.emits([features(["roughness_mean"])], options)).toThrow('Did you mean "roughness_mean"?');
      expect(threshold.emits([features(["roughness_mean"]), reading], options)).toBe(verdict);
    });

    it("have a JSON Schema", () => {
      expect(z.toJSONSchema(threshold.options, { io: "input" })).toMatchObject({
        required: ["field"],
        additionalProperties: false,
      });
    });
  });
});
