import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identify, type Card } from "../src/models/card.js";
import { modelOf } from "../src/models/model.js";
import { denseNetwork, putWeights, saveNetwork } from "../src/models/network.js";
import { saveModel } from "../src/models/training/train.js";

type Part = Partial<Omit<Card, "version" | "sha256">>;

/** A temporary folder for models. */
export function modelsFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "layerstream-models-"));
}

/** Writes a regressor with fixed weights: roughness = 10·a + b + 5, where a and b are its features. */
export function writeRegressor(folder: string, name = "rough", part: Part = {}): Promise<void> {
  return write(folder, name, [2, 1], [Float32Array.of(10, 1), Float32Array.of(5)], {
    kind: "regressor",
    outputs: ["roughness"],
    target: { field: "roughness_mean", horizon_seconds: 30, mean: 0, scale: 1 },
    ...part,
  });
}

/** Writes an autoencoder with fixed weights that reconstructs a and b as 0: its error is the root mean square of the two. */
export function writeAutoencoder(folder: string, name = "odd", part: Part = {}): Promise<void> {
  return write(folder, name, [2, 2], [new Float32Array(4), new Float32Array(2)], {
    kind: "autoencoder",
    outputs: ["anomaly_score", "anomaly_error"],
    residuals: [1, 1],
    calibration: {
      knots: [
        [0, 0],
        [1, 0.5],
        [2, 0.99],
      ],
      tail: 1,
    },
    ...part,
  });
}

async function write(
  folder: string,
  name: string,
  [inputs, outputs]: readonly [number, number],
  weights: readonly Float32Array[],
  part: Part & Pick<Card, "kind" | "outputs">,
): Promise<void> {
  const network = denseNetwork(inputs, [outputs], 1);
  putWeights(network, weights);
  const files = await saveNetwork(network);
  const card: Card = {
    name,
    ...identify(files),
    features: ["a_mean", "b_mean"],
    scaling: { mean: [0, 0], scale: [1, 1] },
    trained: { files: [], rows: 0, seed: 1, held_back: { rows: 0 } },
    ...part,
  };
  const model = modelOf(card, network);
  await saveModel(join(folder, name), { model, files });
  model.dispose();
}
