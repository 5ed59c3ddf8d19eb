import { describe, expect, it } from "@jest/globals";
import { seededRandom } from "../../models/training/random.js";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { feed, RecordMaker } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { features, prediction, reading, verdict } from "../../streams/record/record-type.js";
import type { Reading, Verdict } from "../../streams/record/values.js";
import { drift } from "./index.js";

const records = new RecordMaker();
const parse = (options: object) => drift.options.parse({ field: "nozzle_power", ...options });
const open = (options: object = {}) =>
  drift.open(parse(options), contextFor({ node: "power" })) as RecordOperator<Reading, Verdict>;
/** A reading a second, of a field that goes around a level a little. */
const around = (from: number, to: number, level: number, more: Reading = {}) => {
  const random = seededRandom(from);
  return Array.from({ length: to - from }, (_, i) =>
    records.at<Reading>("p", from + i, { nozzle_power: level + (random() - 0.5) / 10, ...more }),
  );
};
const verdictsOf = (elements: readonly StreamRecord<Reading>[], options: object = {}) =>
  feed(open(options), elements).main as StreamRecord<Verdict>[];

describe("operator: drift", () => {
  operatorContract({
    definition: drift,
    options: { field: "a", settle: "30s", by: "job", while: "state != 'heating'" },
    elements: Array.from({ length: 300 }, (_, i) => [
      records.at("printer_1", i, {
        a: (i % 5) + (i > 150 ? 20 : 0),
        job: "one",
        state: i < 9 ? "heating" : "printing",
      }),
      records.at("printer_2", i, { a: i % 3, job: i > 150 ? "two" : "one" }),
      records.mark("printer_2", i, "passed"),
    ]).flat(),
  });

  it("says when a field has come to another level, and when it has settled there", () => {
    const elements = [...around(0, 200, 0.5), ...around(200, 700, 0.8)];
    const verdicts = verdictsOf(elements);
    expect(verdicts.map(({ value }) => value.state)).toEqual(["raised", "cleared"]);
    const [raised, cleared] = verdicts.map(({ value }) => value) as [Verdict, Verdict];
    const found = verdicts[0]!.eventTime;
    expect(found).toBeGreaterThan(200_000);
    expect(found).toBeLessThanOrEqual(240_000);
    expect(verdicts[1]!.eventTime).toBe(found + 300_000);
    expect(raised).toMatchObject({ kind: "verdict", rule: "power", field: "nozzle_power", estimated: false });
    expect(raised).toMatchObject({ before_start: 0, after_start: 200_000, after_end: found, before_count: 200 });
    expect(raised.observed).toBeCloseTo(0.8, 1);
    expect(raised.before_mean).toBeCloseTo(0.5, 1);
    expect(raised.limit).toBeGreaterThan(0.5);
    expect(raised.limit).toBeLessThan(0.8);
    expect(raised.evidence).toEqual({
      window: { start: 0, end: found + 1 },
      from: elements[0]!.position,
      to: verdicts[0]!.position,
    });
    expect([cleared.episode, cleared.limit]).toEqual([raised.episode, raised.limit]);
  });

  it("says a further change again, in the same episode", () => {
    const verdicts = verdictsOf([...around(0, 200, 0.5), ...around(200, 400, 0.8), ...around(400, 900, 0.2)]);
    expect(verdicts.map(({ value }) => value.state)).toEqual(["raised", "raised", "cleared"]);
    expect(new Set(verdicts.map(({ value }) => value.episode)).size).toBe(1);
    expect(verdicts[1]!.value.limit).toBeLessThan(0.8);
  });

  it("takes another job for no drift, and what is not looked at neither", () => {
    const jobs = [...around(0, 200, 0.5, { job_id: "a" }), ...around(200, 400, 0.8, { job_id: "b" })];
    expect(verdictsOf(jobs, { by: "job_id" })).toEqual([]);
    expect(verdictsOf(jobs)).toHaveLength(1);
    const heating = [...around(0, 200, 0.5), ...around(200, 400, 0.8, { state: "heating" }), ...around(400, 600, 0.5)];
    expect(verdictsOf(heating, { while: "state != 'heating'" })).toEqual([]);
  });

  it("lets stragglers be, and starts over where a clock was set back", () => {
    const level = around(10_000, 10_200, 0.5);
    const stragglers = around(9000, 9200, 0.8).map((record) => ({ ...record, eventTime: record.eventTime + 900_000 }));
    expect(verdictsOf([...level, ...stragglers])).toEqual([]);
    expect(verdictsOf([...level, ...around(0, 200, 0.8)])).toEqual([]);
  });

  it("ends the open episode where a clock was set back", () => {
    const verdicts = verdictsOf([
      ...around(10_000, 10_200, 0.5),
      ...around(10_200, 10_300, 0.8),
      ...around(0, 100, 0.8),
    ]);
    expect(verdicts.map(({ value }) => value.state)).toEqual(["raised", "cleared"]);
  });

  it("passes over records that lack the field", () => {
    const gaps = around(0, 400, 0.5).map((record, i) =>
      i % 2 ? { ...record, value: { nozzle_power: i % 4 === 1 ? null : NaN } } : record,
    );
    const operator = open();
    expect(feed(operator, gaps).main).toEqual([]);
    expect(operator.keys!()).toBe(1);
  });

  it("emits verdicts, and refuses a feature that is not there", () => {
    expect(drift.emits([reading, prediction], parse({}))).toEqual(verdict);
    expect(() => drift.emits([features(["nozzle_power_mean"])], parse({}))).toThrow("nozzle_power_mean");
  });

  it.each([
    [{ delta: 0 }, "write a number above 0"],
    [{ delta: 1 }, "write a number below 1"],
    [{ min_change: -1 }, "write 0 or more"],
    [{ settle: "0s" }, "write a duration above zero"],
  ])("refuses %j", (options, message) =>
    expect(
      drift.options.safeParse({ field: "a", ...options }).error!.issues[0]!.message, //
    ).toContain(message),
  );
});
