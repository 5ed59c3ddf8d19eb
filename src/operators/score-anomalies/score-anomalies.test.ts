import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { seededRandom } from "../../models/training/random.js";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { feed, RecordMaker } from "../../streams/contract/records.js";
import { cutState, restoreState } from "../../streams/contract/state.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import type { Batch } from "../../streams/record/record.js";
import type { Prediction } from "../../streams/record/values.js";
import { scoreAnomalies } from "./index.js";

const open = (options: object = {}) =>
  scoreAnomalies.open(scoreAnomalies.options.parse(options), contextFor()) as RecordOperator<any, any>;

type Row = Record<string, unknown>;

function elements(rows: readonly Row[], key = "a"): Batch<any> {
  const records = new RecordMaker();
  return rows.map((row, i) => records.at(key, i, row));
}

interface Scored {
  readonly anomaly_score: number;
  readonly anomaly: number;
}

function scored(rows: readonly Row[], options: object = {}): Scored[] {
  return feed(open(options), elements(rows)).main.map(({ value }) => (value as Prediction).fields as unknown as Scored);
}

function noise(count: number, seed = 1): number[] {
  const random = seededRandom(seed);
  // Box & Muller, 1958.
  return Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

const flags = (scores: readonly Scored[]) => scores.flatMap(({ anomaly }, i) => (anomaly === 1 ? [i] : []));

describe("operator: score-anomalies", () => {
  const maker = new RecordMaker();
  const [a, b] = [noise(400, 1), noise(400, 2)];
  operatorContract({
    definition: scoreAnomalies,
    options: { train_rows: 50 },
    elements: a.flatMap((value, i) => [
      maker.at("printer_1", i, { x: i === 300 ? 40 : value, y: value + b[i]! / 4, note: "text" }),
      maker.at("printer_2", i, i % 7 === 0 ? { other: b[i] } : { x: b[i], late: i > 200 ? value : null }),
    ]),
  });

  it("gives one score within 0 and 1 for each record, in order", () => {
    const odd = [{ x: 1 }, {}, { x: null }, { x: "text" }, { x: NaN }, { x: 1e308 }, { x: -1e308 }, { x: 1, y: 2 }];
    const rows = noise(300).flatMap((x, i) => [{ x }, odd[i % odd.length]!]);
    const records = elements(rows);
    const { main, poison } = feed(open(), records);
    expect(poison).toEqual([]);
    expect(main.map(({ position }) => position)).toEqual(records.map(({ position }) => position));
    for (const { value } of main) {
      const { anomaly_score: score, anomaly } = (value as Prediction).fields;
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
      expect([0, 1]).toContain(anomaly);
    }
  });

  it("gives a score within 0 and 1 for whatever numbers come", () => {
    const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(null, undefined, "x", true));
    const row = fc.record({ x: value, y: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
        for (const { anomaly_score: score } of scored(rows)) expect(score >= 0 && score <= 1).toBe(true);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it("finds a spike, and a level that shifts", () => {
    const values = noise(1500);
    const spike = scored(values.map((x, i) => ({ x: i === 900 ? 12 : x })));
    expect(spike[900]!.anomaly).toBe(1);
    const shifted = scored(values.map((x, i) => ({ x: i >= 900 && i < 1000 ? x + 4 : x })));
    expect(flags(shifted).filter((i) => i >= 900 && i < 1000).length).toBeGreaterThan(70);
  });

  it("finds two columns that part, while each is as usual", () => {
    const [x, y, jitter] = [noise(1500, 1), noise(1500, 2), noise(1500, 3)];
    const together = (i: number) => x[i]! + jitter[i]! / 5;
    const parted = scored(x.map((value, i) => ({ x: value, y: i >= 1000 && i < 1100 ? y[i]! : together(i) })));
    expect(flags(parted).filter((i) => i >= 1000 && i < 1100).length).toBeGreaterThan(50);
  });

  it("flags few rows of what is as usual: noise, a wave, steps, a constant, row numbers, something rare", () => {
    const values = noise(4000);
    const usual: Record<string, (x: number, i: number) => number> = {
      noise: (x) => x,
      wave: (x, i) => Math.sin(i / 8) * 5 + x / 4,
      coarse: (x) => Math.round(x),
      constant: () => 7,
      numbers: (_, i) => 100 + i / 4,
      rare: (_, i) => (i % 97 === 0 ? 1 : 0),
    };
    for (const [name, of] of Object.entries(usual)) {
      const share = flags(scored(values.map((x, i) => ({ x: of(x, i) })))).length / values.length;
      expect([name, share < 0.02]).toEqual([name, true]);
    }
  });

  it("never looks at labels, key or time", () => {
    const values = noise(600);
    const bare = scored(values.map((x) => ({ x })));
    const labelled = scored(
      values.map((x, i) => ({
        x,
        label: i > 300 ? 1 : 0,
        is_anomaly: i,
        changepoint: -i,
        anomaly: i * i,
        Anomaly: 3,
        timestamp: 5,
      })),
    );
    expect(labelled).toEqual(bare);
  });

  it("takes the first rows for normal where it is told so", () => {
    const values = noise(600);
    const rows = values.map((x, i) => ({ x: i === 100 ? 50 : x }));
    expect(scored(rows, { train_rows: 200 }).slice(0, 200)).toEqual(
      values.slice(0, 200).map(() => ({ anomaly_score: 0, anomaly: 0 })),
    );
  });

  it("scores a row by itself and those before it", () => {
    const rows = noise(500).map((x, i) => ({ x, y: x * 2 + Math.sin(i) }));
    expect(scored(rows.slice(0, 300))).toEqual(scored(rows).slice(0, 300));
  });

  it("does not care for the unit or the zero of a column", () => {
    const values = noise(800);
    const plainly = scored(values.map((x, i) => ({ x: i === 700 ? 9 : x })));
    const scaled = scored(values.map((x, i) => ({ x: ((i === 700 ? 9 : x) + 256) * 1024 })));
    plainly.forEach(({ anomaly_score: score }, i) => expect(scaled[i]!.anomaly_score).toBeCloseTo(score, 3));
  });

  it("gives up on an alarm that lasts: what stays is a new normal", () => {
    const rows = noise(6000).map((x, i) => ({ x: i < 1500 ? x : x * 1000 + 5e6 }));
    const alarms = flags(scored(rows));
    expect(alarms.length).toBeGreaterThan(50);
    expect(alarms.filter((i) => i > 4000).length).toBeLessThan(50);
  });

  it("looks at the fields that it is told, and at no label", () => {
    const rows = noise(300).map((x, i) => ({ x, y: i === 250 ? 1e6 : x }));
    expect(scored(rows, { fields: ["x"] })).toEqual(scored(rows.map(({ x }) => ({ x }))));
    expect(scoreAnomalies.options.safeParse({ fields: ["label"] }).success).toBe(false);
  });

  it("refuses the memory of another version", async () => {
    const operator = open();
    feed(operator, elements(noise(10).map((x) => ({ x }))));
    const [[key, [touched, series]]] = cutState(operator)().keyed.series as [[string, [number, { own: string }]]];
    const shorter = { ...series, own: series.own.slice(0, 64) };
    const restore = restoreState(open(), { keyed: { series: [[key, [touched, shorter]]] } });
    await expect(restore).rejects.toThrow("of another version of this operator");
  });

  it("keeps a series for each key", () => {
    const operator = open();
    feed(operator, elements(noise(100).map((x) => ({ x }))));
    expect(operator.keys!()).toBe(1);
  });
});
