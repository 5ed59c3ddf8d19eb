import { setImmediate } from "node:timers/promises";
import { tensor2d, train as optimizers } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { denseNetwork, putWeights, runNetwork, takeWeights } from "../network.js";
import { seededRandom, shuffle, type Random } from "./random.js";

/** Inputs and answers, scaled, row-major. */
export interface Examples {
  readonly count: number;
  readonly inputs: Float32Array;
  readonly answers: Float32Array;
}

export interface Progress {
  readonly epoch: number;
  /** Mean squared error on the validation rows, scaled. */
  readonly validation: number;
}

export interface FitOptions {
  readonly seed: number;
  readonly batch: number;
  readonly epochs: number;
  /** Learning rates, one after the other; the next begins when `patience` epochs brought nothing better. */
  readonly rates: readonly number[];
  readonly patience: number;
  /** Changes the inputs of a batch in place: noise, hidden fields. */
  readonly disturb?: (inputs: Float32Array, random: Random) => void;
  readonly progress?: (progress: Progress) => void;
  readonly stop?: AbortSignal;
}

/** A network that has learned, and how many epochs it took. */
export interface Fitted {
  readonly network: LayersModel;
  readonly epochs: number;
}

/**
 * Trains a dense network with Adam on the mean squared error, and gives it back with the weights that did best on the
 * validation rows. First weights and the order of the rows follow from the seed. Leaves no tensor behind but the
 * network's own, and none at all where it fails. Rejects with the signal's reason when it aborts.
 * @param hidden units of each hidden layer
 */
export async function fit(
  hidden: readonly number[],
  training: Examples,
  validation: Examples,
  options: FitOptions,
): Promise<Fitted> {
  const [inputs, outputs] = [training.inputs, training.answers].map((values) => values.length / training.count);
  const network = denseNetwork(inputs!, [...hidden, outputs!], options.seed);
  try {
    return { network, epochs: await improve(network, training, validation, options) };
  } catch (cause) {
    network.dispose();
    throw cause;
  }
}

async function improve(
  network: LayersModel,
  training: Examples,
  validation: Examples,
  options: FitOptions,
): Promise<number> {
  const random = seededRandom(options.seed);
  const order = Int32Array.from({ length: training.count }, (_, i) => i);
  let best = { error: validationError(network, validation), weights: takeWeights(network) };
  let epoch = 0;
  for (const rate of options.rates) {
    const optimizer = optimizers.adam(rate);
    try {
      network.compile({ optimizer, loss: "meanSquaredError" });
      for (let idle = 0; idle < options.patience && epoch < options.epochs; ) {
        options.stop?.throwIfAborted();
        shuffle(order, random);
        await runEpoch(network, training, order, options, random);
        const error = validationError(network, validation);
        epoch++;
        idle++;
        options.progress?.({ epoch, validation: error });
        if (error < best.error) {
          best = { error, weights: takeWeights(network) };
          idle = 0;
        }
        // Batches resolve in microtasks; without this no signal would get through before the end.
        await setImmediate();
      }
    } finally {
      optimizer.dispose();
    }
    putWeights(network, best.weights);
  }
  return epoch;
}

async function runEpoch(
  network: LayersModel,
  { count, inputs, answers }: Examples,
  order: Int32Array,
  { batch, disturb }: FitOptions,
  random: Random,
): Promise<void> {
  const width = inputs.length / count;
  const depth = answers.length / count;
  for (let from = 0; from < count; from += batch) {
    const rows = Math.min(batch, count - from);
    // Fresh arrays: the cpu backend keeps them until the tensors are gone.
    const x = new Float32Array(rows * width);
    const y = new Float32Array(rows * depth);
    for (let row = 0; row < rows; row++) {
      const place = order[from + row]!;
      x.set(inputs.subarray(place * width, (place + 1) * width), row * width);
      y.set(answers.subarray(place * depth, (place + 1) * depth), row * depth);
    }
    disturb?.(x, random);
    const tensors = [tensor2d(x, [rows, width]), tensor2d(y, [rows, depth])] as const;
    await network.trainOnBatch(...tensors);
    for (const tensor of tensors) tensor.dispose();
  }
}

function validationError(network: LayersModel, { count, inputs, answers }: Examples): number {
  if (count === 0) return Infinity;
  const given = runNetwork(network, inputs, count);
  let sum = 0;
  for (let i = 0; i < given.length; i++) sum += (given[i]! - answers[i]!) ** 2;
  return sum / given.length;
}
