import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { modelsFolder, writeAutoencoder, writeRegressor } from "../../test/fixed-models.js";
import { silentLog } from "../streams/contract/context.js";
import { chooseBackend, tensorsAlive, type Backend } from "./backend.js";
import { loadModel } from "./model.js";
import { openModels } from "./open.js";

describe.each<Backend>(["wasm", "cpu"])("a model on %s", (backend) => {
  let folder: string;
  beforeAll(async () => {
    await chooseBackend(backend, silentLog);
    folder = await modelsFolder();
    await writeRegressor(folder, "rough", {
      scaling: { mean: [1, 0], scale: [2, 1] },
      target: { field: "roughness_mean", horizon_seconds: 30, mean: 100, scale: 3 },
    });
    await writeAutoencoder(folder);
  });

  it("scales what goes in and gives what comes out in the unit of the target", async () => {
    const model = await loadModel(join(folder, "rough"));
    // (10·(3 - 1)/2 + 4 + 5)·3 + 100
    expect([...model.predict(Float32Array.of(3, 4), 1)]).toEqual([157]);
    expect(model.id).toEqual({ name: "rough", version: model.card.sha256.weights.slice(0, 12) });
  });

  it("gives a score and an error, over the features that were measured", async () => {
    const model = await loadModel(join(folder, "odd"));
    const rows = Float32Array.of(1, 1, NaN, 2, 0, 0, NaN, NaN);
    expect([...model.predict(rows, 4)]).toEqual([0.5, 1, expect.closeTo(0.99, 6), 2, 0, 0, NaN, NaN]);
  });

  it("says nothing of a row that holds nothing", async () => {
    const model = await loadModel(join(folder, "rough"));
    expect([...model.predict(Float32Array.of(NaN, NaN, NaN, 0), 2)]).toEqual([NaN, expect.any(Number)]);
  });

  it("gives a row the same answer in any batch", async () => {
    const model = await loadModel(join(folder, "odd"));
    const rows = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i));
    const together = model.predict(rows, 64);
    const alone = Array.from({ length: 64 }, (_, i) => [...model.predict(rows.slice(i * 2, i * 2 + 2), 1)]).flat();
    expect([...together]).toEqual(alone);
  });

  it("takes no rows, and fewer than there is room for", async () => {
    const model = await loadModel(join(folder, "odd"));
    expect(model.predict(new Float32Array(0), 0)).toHaveLength(0);
    expect(model.predict(new Float32Array(20), 3)).toHaveLength(6);
  });

  it("leaves no tensor behind", async () => {
    const before = tensorsAlive();
    const model = await loadModel(join(folder, "odd"));
    const loaded = tensorsAlive();
    for (let i = 0; i < 100; i++) model.predict(new Float32Array(128), 64);
    expect(tensorsAlive()).toBe(loaded);
    model.dispose();
    expect(tensorsAlive()).toBe(before);
  });
});

describe("loading a model", () => {
  async function broken(file: string, change: (text: string) => string): Promise<string> {
    const folder = await modelsFolder();
    await writeRegressor(folder);
    const path = join(folder, "rough", file);
    const text = await readFile(path, "latin1");
    await writeFile(path, change(text), "latin1");
    return join(folder, "rough");
  }
  const card = (change: (card: any) => void) => (text: string) => {
    const json = JSON.parse(text);
    change(json);
    return JSON.stringify(json);
  };

  it.each([
    ["changed weights", "weights.bin", (text: string) => text.replace(/^./, "!"), /weights\.bin changed since/],
    ["a changed network", "model.json", (text: string) => `${text} `, /model\.json changed since/],
    ["a card that is no JSON", "card.json", () => "{", /card\.json is no JSON/],
    ["an empty card", "card.json", () => "{}", /name: .*kind: .*features: /],
    ["an unknown key", "card.json", card((it) => (it.colour = "red")), /Unrecognized key: "colour"/],
    ["a scaling too short", "card.json", card((it) => (it.scaling.mean = [0])), /scaling\.mean: holds 1 of 2/],
    ["a scale of zero", "card.json", card((it) => (it.scaling.scale[0] = 0)), /scaling\.scale\.0/],
    ["a feature twice", "card.json", card((it) => (it.features = ["a_mean", "a_mean"])), /a feature is listed twice/],
    ["another version", "card.json", card((it) => (it.version = "0123456789ab")), /version: is not the beginning/],
    ["a regressor without target", "card.json", card((it) => delete it.target), /target: a regressor needs one/],
    [
      "another number of features",
      "card.json",
      card((it) => {
        it.features = ["a_mean"];
        it.scaling = { mean: [0], scale: [1] };
      }),
      /the network takes \[,2\] and gives \[,1\], but its card says 1 in and 1 out/,
    ],
  ])("refuses %s", async (_, file, change, message) => {
    await chooseBackend("cpu", silentLog);
    await expect(loadModel(await broken(file, change))).rejects.toMatchObject({
      name: "ConfigError",
      message: expect.stringMatching(message) as unknown,
    });
  });

  it("gives the memory of a network of the wrong shape back", async () => {
    await chooseBackend("cpu", silentLog);
    const folder = await broken("card.json", (text) => text.replace(/"outputs": \[[^\]]*\]/, '"outputs": ["x", "y"]'));
    const before = tensorsAlive();
    await expect(loadModel(folder)).rejects.toThrow();
    expect(tensorsAlive()).toBe(before);
  });
});

describe("openModels", () => {
  const open = (folder: string) => openModels({ folder, backend: "cpu", log: silentLog });

  it("loads a model once, however often it is asked for", async () => {
    const folder = await modelsFolder();
    const models = await open(folder);
    await writeRegressor(folder);
    const [one, other] = await Promise.all([models.load("rough"), models.load("rough")]);
    expect(one).toBe(other);
    expect(models.backend).toBe("cpu");
    await models.close();
  });

  it("gives all memory back when closed", async () => {
    const folder = await modelsFolder();
    const models = await open(folder);
    await writeRegressor(folder);
    const before = tensorsAlive();
    await models.load("rough");
    await models.close();
    expect(tensorsAlive()).toBe(before);
  });

  it("knows the name that was meant", async () => {
    const folder = await modelsFolder();
    const models = await open(folder);
    await writeRegressor(folder, "roughness");
    await expect(models.load("rougness")).rejects.toThrow(/no model "rougness".*Did you mean "roughness"\?/);
  });

  it.each(["../models", "a/b", "", "."])("takes no path for a name: %j", async (name) => {
    const models = await open(await modelsFolder());
    await expect(models.load(name)).rejects.toThrow(/write the name of a folder/);
  });

  it("says what to do where there is no folder at all", async () => {
    const models = await open("/nowhere/models");
    await expect(models.load("anomaly")).rejects.toThrow(/no model "anomaly" in \/nowhere\/models.*train/);
  });

  it("tries again after a failure", async () => {
    const folder = await modelsFolder();
    const models = await open(folder);
    await expect(models.load("rough")).rejects.toThrow();
    await writeRegressor(folder);
    await expect(models.load("rough")).resolves.toBeDefined();
  });
});
