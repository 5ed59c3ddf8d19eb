import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { modelsFolder, writeAutoencoder, writeRegressor } from "../../../test/fixed-models.js";
import { tensorsAlive } from "../../models/backend.js";
import { models, type Models } from "../../models/models.js";
import { openModels } from "../../models/open.js";
import type { BatchOperator } from "../../streams/component/definition.js";
import { PoisonRecordError } from "../../streams/component/errors.js";
import { batchOperatorContract } from "../../streams/contract/batch-operator.js";
import { contextFor, provide, silentLog } from "../../streams/contract/context.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { features as featuresOf, type RecordType } from "../../streams/record/record-type.js";
import type { Features, Prediction } from "../../streams/record/values.js";
import { infer } from "./index.js";

const NAMES = ["b_mean", "roughness_count", "a_mean"];
const position = (offset: number) => ({ stream: "sensors", partition: 0, offset });

/** A record with b, a count and a, in this order. */
function at(offset: number, values: readonly number[], names: readonly string[] = NAMES): StreamRecord<Features> {
  return {
    key: `printer_${offset % 2}`,
    eventTime: offset * 1000,
    position: position(offset),
    value: {
      kind: "features",
      names,
      values: Float64Array.from(values),
      evidence: { window: { start: 0, end: 30_000 }, from: position(0), to: position(offset) },
    },
  };
}

describe("infer", () => {
  let lent: Models;
  beforeAll(async () => {
    const folder = await modelsFolder();
    lent = await openModels({ folder, backend: "wasm", log: silentLog });
    await writeRegressor(folder);
    await writeAutoencoder(folder);
  });
  afterAll(() => lent.close());

  async function open(options: object, inputs: readonly RecordType[] = [featuresOf(NAMES)]) {
    const context = contextFor({ inputs, resources: [provide(models, lent)] });
    return (await infer.open(infer.options.parse(options), context)) as BatchOperator<Features, Prediction>;
  }

  batchOperatorContract({
    definition: infer,
    open: () => open({ model: "rough", carry: ["roughness_count"] }),
    records: [
      [1, 0, 0],
      [NaN, 0, NaN],
      [1, 0, Infinity],
      [NaN, NaN, 1],
      [2, 7, 3],
    ].map((values, i) => at(i, values)),
  });

  it.each([{}, { model: "../x" }, { model: "x", batch: { size: 0 } }, { model: "x", batch: { wait: 5 } }])(
    "refuses the options %j",
    (options) => expect(() => infer.options.parse(options)).toThrow(),
  );

  it("finds the model's features by name, and carries others along", async () => {
    const operator = await open({ model: "rough", carry: ["roughness_count"] });
    const record = at(1, [2, 7, 3]);
    const [made] = await operator.processBatch([record]);
    const { id } = await lent.load("rough");
    expect(made).toEqual({
      ...record,
      value: {
        kind: "prediction",
        fields: { roughness: 37, roughness_count: 7 },
        evidence: { ...record.value.evidence, model: id },
      },
    });
  });

  it("gives score and error of an autoencoder", async () => {
    const operator = await open({ model: "odd" });
    const [made] = (await operator.processBatch([at(1, [1, 0, 1])])) as StreamRecord<Prediction>[];
    expect(made!.value.fields).toEqual({ anomaly_score: 0.5, anomaly_error: 1 });
  });

  it("gives one outcome a record in their order: predictions, nothing, dead letters", async () => {
    const operator = await open({ model: "rough", carry: ["roughness_count"] });
    const outcomes = await operator.processBatch([
      at(1, [1, 0, 0]),
      at(2, [NaN, 0, NaN]),
      at(3, [1, 0, Infinity]),
      at(4, [NaN, NaN, 1]),
      at(5, [1], ["b_mean"]),
      at(6, [2, 0, 0]),
    ]);
    const told = outcomes.map((outcome) =>
      outcome === null || outcome instanceof PoisonRecordError
        ? (outcome?.message ?? null)
        : [outcome.position.offset, outcome.value.fields],
    );
    expect(told).toEqual([
      [1, { roughness: 6, roughness_count: 0 }],
      null,
      'feature "a_mean" is Infinity',
      [4, { roughness: 15 }],
      'the record has no feature "a_mean"',
      [6, { roughness: 7, roughness_count: 0 }],
    ]);
  });

  it("reads inputs whose features stand in different orders", async () => {
    const other = ["a_mean", "b_mean"];
    const operator = await open({ model: "rough" }, [featuresOf(NAMES), featuresOf(other)]);
    const made = (await operator.processBatch([
      at(1, [2, 0, 3]),
      at(2, [3, 2], other),
      at(3, [2, 0, 3]),
    ])) as StreamRecord<Prediction>[];
    expect(made.map(({ value }) => value.fields.roughness)).toEqual([37, 37, 37]);
  });

  it("makes a dead letter of an answer that is no number", async () => {
    const folder = await modelsFolder();
    await writeRegressor(folder, "huge", {
      target: { field: "roughness_mean", horizon_seconds: 30, mean: 0, scale: 1e300 },
    });
    const own = await openModels({ folder, backend: "wasm", log: silentLog });
    const context = contextFor({ inputs: [featuresOf(NAMES)], resources: [provide(models, own)] });
    const operator = await infer.open(infer.options.parse({ model: "huge" }), context);
    const [made] = await (operator as BatchOperator<Features, Prediction>).processBatch([at(1, [1, 1, 1])]);
    expect(made).toEqual(new PoisonRecordError('model "huge" gives roughness = Infinity'));
    await own.close();
  });

  it("takes an empty batch, and one larger than it asked for", async () => {
    const operator = await open({ model: "rough", batch: { size: 2 } });
    expect(await operator.processBatch([])).toEqual([]);
    const many = Array.from({ length: 100 }, (_, i) => at(i, [i % 10, 0, 0]));
    const made = (await operator.processBatch(many)) as StreamRecord<Prediction>[];
    expect(made.map(({ value }) => value.fields.roughness)).toEqual(many.map((_, i) => (i % 10) + 5));
  });

  it("leaves no tensor behind, and does not change its records", async () => {
    const operator = await open({ model: "odd" });
    const records = [at(1, [1, 2, 3]), at(2, [NaN, 2, 3])];
    const copy = structuredClone(records);
    const before = tensorsAlive();
    for (let i = 0; i < 50; i++) await operator.processBatch(records);
    expect(tensorsAlive()).toBe(before);
    expect(records).toEqual(copy);
  });

  it("names every feature that does not come in, and what to emit", async () => {
    const opened = open({ model: "rough", carry: ["speed_mean"] }, [featuresOf(["c_mean", "b_mean"])]);
    await expect(opened).rejects.toMatchObject({
      name: "ConfigError",
      message:
        'model "rough" wants features that "input-0" does not emit: a_mean, speed_mean. ' +
        'Let "input-0" emit all of these, in any order: a_mean, b_mean, speed_mean',
    });
  });

  it("knows the one feature that was meant", async () => {
    const opened = open({ model: "rough" }, [featuresOf(["a_men", "b_mean"])]);
    await expect(opened).rejects.toThrow(/does not emit: a_mean\. Did you mean "a_men"\?/);
  });

  it("checks record by record where nobody knows the fields beforehand", async () => {
    const operator = await open({ model: "rough" }, [{ kind: "features" }]);
    expect(await operator.processBatch([at(1, [1, 2], ["a_mean", "b_mean"])])).toMatchObject([
      { value: { fields: { roughness: 17 } } },
    ]);
  });

  it("needs models", async () => {
    const context = contextFor({ inputs: [featuresOf(NAMES)] });
    await expect(infer.open(infer.options.parse({ model: "rough" }), context)).rejects.toThrow(/no models/);
  });
});
