import { tensor, tensor2d, tidy, type Tensor } from "@tensorflow/tfjs-core";
import { layers, loadLayersModel, sequential, initializers, type LayersModel } from "@tensorflow/tfjs-layers";
import { ConfigError, messageOf } from "../streams/component/errors.js";
import { loadingFrom, savingTo, type NetworkFiles } from "./files.js";

export interface Shape {
  readonly inputs: number;
  readonly outputs: number;
}

/** Loads a network and holds it to its shape. Throws ConfigError. */
export async function loadNetwork(files: NetworkFiles, shape: Shape, place: string): Promise<LayersModel> {
  let network: LayersModel;
  try {
    network = await loadLayersModel(loadingFrom(files, place));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`${place}: TensorFlow.js cannot load it (${messageOf(cause)}); fetch or train it again`, {
      cause,
    });
  }
  const [input, output] = [network.inputs[0]?.shape, network.outputs[0]?.shape];
  if (input?.length !== 2 || input[1] !== shape.inputs || output?.length !== 2 || output[1] !== shape.outputs) {
    network.dispose();
    throw new ConfigError(
      `${place}: the network takes [${String(input)}] and gives [${String(output)}], ` +
        `but its card says ${shape.inputs} in and ${shape.outputs} out; fetch or train it again`,
    );
  }
  return network;
}

export async function saveNetwork(network: LayersModel): Promise<NetworkFiles> {
  let saved: NetworkFiles | undefined;
  await network.save(savingTo((files) => (saved = files)));
  return saved!;
}

/** Rows in, rows out, both row-major. Leaves no tensor behind. */
export function runNetwork(network: LayersModel, rows: Float32Array, count: number): Float32Array {
  const width = rows.length / count;
  // predictOnBatch, for predict() would cut the batch into pieces of 32. The values are read outside of tidy, which
  // would search every number of a returned array for tensors.
  const output = tidy(() => network.predictOnBatch(tensor2d(rows, [count, width])) as Tensor);
  try {
    return output.dataSync<"float32">();
  } finally {
    output.dispose();
  }
}

/** A dense network with one size a layer; hidden layers are `elu`, the last one is linear. Same seed, same weights. */
export function denseNetwork(inputs: number, sizes: readonly number[], seed: number): LayersModel {
  return sequential({
    name: "dense",
    layers: sizes.map((units, i) =>
      layers.dense({
        name: `dense_${i + 1}`,
        units,
        ...(i === 0 && { inputShape: [inputs] }),
        ...(i < sizes.length - 1 && { activation: "elu" as const }),
        kernelInitializer: initializers.glorotUniform({ seed: seed + i }),
      }),
    ),
  });
}

/** A copy of all weights, layer by layer: kernel, bias. */
export function takeWeights(network: LayersModel): Float32Array[] {
  return network.getWeights().map((weight) => weight.dataSync<"float32">().slice());
}

/** Puts weights of the same sizes in. */
export function putWeights(network: LayersModel, weights: readonly Float32Array[]): void {
  tidy(() => {
    const shapes = network.getWeights();
    network.setWeights(
      weights.map((values, i) => tensor(values, shapes[i]!.shape)),
    );
  });
}
