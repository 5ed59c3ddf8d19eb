import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { ModelId } from "../streams/record/values.js";
import { checkHashes, readCard, type Card } from "./card.js";
import { scoreOf } from "./calibration.js";
import { readNetworkFiles } from "./files.js";
import { loadNetwork, runNetwork } from "./network.js";
import { reconstructionErrors } from "./reconstruction.js";
import { scaleRows } from "./scaling.js";

/** A model that is ready to predict. */
export interface Model {
  readonly id: ModelId;
  readonly card: Card;
  /**
   * @param rows the features in the card's order, one row after the other, in their own units; NaN where one is missing
   * @param count how many rows; there may be room for more in `rows`
   * @returns the card's outputs, one row after the other; NaN where a row is all NaN
   */
  predict(rows: Float32Array, count: number): Float32Array;
  dispose(): void;
}

/** Loads a model from its folder, checks it against its card, and runs it once, so that the first record waits for nothing. */
export async function loadModel(folder: string): Promise<Model> {
  const card = await readCard(folder);
  const files = await readNetworkFiles(folder);
  checkHashes(card, files, folder);
  const network = await loadNetwork(files, shapeOf(card), folder);
  const model = modelOf(card, network);
  model.predict(new Float32Array(card.features.length), 1);
  return model;
}

function shapeOf({ kind, features, outputs }: Card): { inputs: number; outputs: number } {
  return { inputs: features.length, outputs: kind === "autoencoder" ? features.length : outputs.length };
}

/** The model of a card around a network. */
export function modelOf(card: Card, network: LayersModel): Model {
  const width = card.features.length;
  let scaled = new Float32Array(0);
  return {
    id: { name: card.name, version: card.version },
    card,
    predict(rows, count) {
      if (count === 0) return new Float32Array(0);
      if (scaled.length < count * width) scaled = new Float32Array(count * width);
      const inputs = scaled.subarray(0, count * width);
      scaleRows(rows, count, card.scaling, inputs);
      const answers = runNetwork(network, inputs, count);
      return card.kind === "autoencoder" ? judge(card, rows, inputs, answers) : inUnits(card, rows, answers);
    },
    dispose: () => void network.dispose(),
  };
}

/** Score and error of each row. */
function judge(card: Card, rows: Float32Array, inputs: Float32Array, answers: Float32Array): Float32Array {
  const errors = reconstructionErrors(rows, inputs, answers, card.residuals!);
  const outputs = new Float32Array(errors.length * 2);
  for (let row = 0; row < errors.length; row++) {
    outputs[row * 2] = scoreOf(errors[row]!, card.calibration!);
    outputs[row * 2 + 1] = errors[row]!;
  }
  return outputs;
}

/** The foretold value in the unit of the target. */
function inUnits({ target, features }: Card, rows: Float32Array, answers: Float32Array): Float32Array {
  const { mean, scale } = target!;
  const width = features.length;
  const outputs = new Float32Array(answers.length);
  for (let row = 0; row < answers.length; row++) {
    outputs[row] = allMissing(rows, row * width, width) ? NaN : answers[row]! * scale + mean;
  }
  return outputs;
}

function allMissing(rows: Float32Array, from: number, width: number): boolean {
  for (let at = from; at < from + width; at++) if (!Number.isNaN(rows[at]!)) return false;
  return true;
}
