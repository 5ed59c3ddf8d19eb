import { beforeAll, describe, expect, it } from "@jest/globals";
import { modelsFolder } from "../../../test/fixed-models.js";
import { silentLog } from "../../streams/contract/context.js";
import { chooseBackend, tensorsAlive } from "../backend.js";
import { loadModel } from "../model.js";
import { judge } from "./judge.js";
import { seededRandom } from "./random.js";
import type { Recording } from "./recording.js";
import { betterThan, saveModel, targetOf, trainModel, type Plan } from "./train.js";

const NAMES = ["power_mean", "power_std", "roughness_mean"];
const WINDOW = 10_000;
const target = { feature: "roughness_mean", horizon: 10_000 };

/**
 * A row a second of two printers. Power goes up and down, its spread follows it, and roughness follows both ten seconds
 * later. In the last seconds, as many as are asked for, the spread no longer fits the power: a fault.
 */
function recording(seconds = 1200, faultySeconds = 0): Recording {
  const random = seededRandom(7);
  const power = (s: number) => Math.sin(s / 9);
  const rows = Array.from({ length: seconds * 2 }, (_, i) => {
    const s = Math.floor(i / 2);
    const faulty = s >= seconds - faultySeconds;
    const noise = () => 0.05 * (random() - 0.5);
    const spread = (faulty ? -1 : 1) * power(s) + noise();
    const values = Float64Array.of(power(s) + noise(), spread, 30 + 10 * power(s - 10) + noise());
    return { key: `printer_${i % 2}`, time: s * 1000, values, label: faulty ? "clog" : null };
  });
  return { file: "data/tiny.csv", names: NAMES, rows };
}

const plan = (more: Partial<Plan> = {}): Plan => ({ name: "tiny", window: WINDOW, seed: 1, ...more });

describe("trainModel", () => {
  beforeAll(() => chooseBackend("wasm", silentLog));

  it("learns what will come, better than that it stays as it is", async () => {
    const { model } = await trainModel([recording()], plan({ target, date: "2026-01-01" }));
    const { held_back: figures, ...trained } = model.card.trained;
    expect(trained).toMatchObject({ files: ["data/tiny.csv"], seed: 1, date: "2026-01-01", backend: "wasm" });
    expect(figures.mae).toBeLessThan(figures.baseline_mae! / 3);
    expect(figures.r2).toBeGreaterThan(0.8);
    // Power alone says it nearly as well.
    expect(figures.unseen_mae).toBeLessThan(figures.baseline_mae! / 2);
    expect(targetOf(model.card)).toEqual(target);
    model.dispose();
  });

  it("learns what health looks like, where no single feature is out of bounds", async () => {
    const { model } = await trainModel([recording(2000, 200)], plan());
    const figures = model.card.trained.held_back;
    expect(figures.auc).toBeGreaterThan(0.85);
    expect(figures.auc).toBeGreaterThan(figures.baseline_auc! + 0.2);
    expect(figures.false_alarms).toBeLessThan(0.05);
    model.dispose();
  });

  it("gives the same bytes for the same seed, others for another", async () => {
    const train = async (seed: number) => {
      const { model } = await trainModel([recording()], plan({ seed, target }));
      model.dispose();
      return model.card.sha256;
    };
    const first = await train(1);
    expect(await train(1)).toEqual(first);
    expect((await train(2)).weights).not.toBe(first.weights);
  });

  it("writes a folder that loads and judges the same", async () => {
    const folder = await modelsFolder();
    const made = await trainModel([recording()], plan());
    await saveModel(`${folder}/tiny`, made);
    const loaded = await loadModel(`${folder}/tiny`);
    expect(loaded.card).toEqual(made.model.card);
    expect(judge(loaded, made.heldBack)).toEqual(made.model.card.trained.held_back);
  });

  it("leaves no tensor behind", async () => {
    const before = tensorsAlive();
    const { model } = await trainModel([recording()], plan({ target }));
    model.dispose();
    expect(tensorsAlive()).toBe(before);
  });

  it("tells how far it is, and stops when it is told", async () => {
    const stop = new AbortController();
    const epochs: number[] = [];
    const progress = ({ epoch }: { epoch: number }) => {
      epochs.push(epoch);
      if (epoch === 2) stop.abort();
    };
    const before = tensorsAlive();
    const training = trainModel([recording()], plan({ progress, stop: stop.signal }));
    await expect(training).rejects.toMatchObject({ name: "AbortError" });
    expect(epochs).toEqual([1, 2]);
    expect(tensorsAlive()).toBe(before);
  });

  it.each([
    ["autoencoder example", {}, /84 healthy windows .* at least 200/],
    ["later window", { target }, /have a roughness_mean 10 s later, but at least 200/],
    ["feature", { target: { feature: "colour_mean", horizon: 10_000 } }, /colour_mean/],
  ])("says what it lacks for a missing %s", async (_, more, message) => {
    await expect(trainModel([recording(80)], plan(more))).rejects.toThrow(message);
  });
});

describe("betterThan", () => {
  it.each([
    ["a smaller error", { mae: 2 }, { mae: 1 }, true],
    ["the same error", { mae: 1 }, { mae: 1 }, false],
    ["a larger area", { auc: 0.8 }, { auc: 0.9 }, true],
    ["a smaller area", { auc: 0.9 }, { auc: 0.8 }, false],
    ["figures in place of none", {}, { mae: 1 }, true],
    ["none in place of figures", { mae: 1 }, {}, false],
  ])("%s", (_, old, fresh, better) => {
    expect(betterThan({ rows: 1, ...old }, { rows: 1, ...fresh })).toBe(better);
  });
});
