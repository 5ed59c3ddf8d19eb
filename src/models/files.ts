import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { io } from "@tensorflow/tfjs-core";
import { ConfigError } from "../streams/component/errors.js";

/** The three files of a model's folder. */
export const MODEL_FILE = "model.json";
export const WEIGHTS_FILE = "weights.bin";
export const CARD_FILE = "card.json";

/** A network as it lies on the disk: the bytes of both files, so that what is checked is what is loaded. */
export interface NetworkFiles {
  readonly model: Buffer;
  readonly weights: Buffer;
}

/** Reads a file of a model's folder. Throws ConfigError where there is none. */
export async function readModelFile(folder: string, name: string): Promise<Buffer> {
  const path = join(folder, name);
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ConfigError(
      `cannot read ${path}; name a folder with ${MODEL_FILE}, ${WEIGHTS_FILE} and ${CARD_FILE}, ` +
        `or make one with "layerstream train"`,
      { cause },
    );
  }
}

export async function readNetworkFiles(folder: string): Promise<NetworkFiles> {
  return { model: await readModelFile(folder, MODEL_FILE), weights: await readModelFile(folder, WEIGHTS_FILE) };
}

export async function writeNetworkFiles(folder: string, files: NetworkFiles): Promise<void> {
  await writeFile(join(folder, WEIGHTS_FILE), files.weights);
  await writeFile(join(folder, MODEL_FILE), files.model);
}

/** The standard TensorFlow.js layout: topology and manifest in model.json, all weights in one file beside it. */
interface ModelJson {
  readonly modelTopology: object;
  readonly format?: string;
  readonly generatedBy?: string;
  readonly convertedBy?: string | null;
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: io.WeightsManifestEntry[] }[];
}

/** Feeds the bytes to TensorFlow.js: the same path for every backend, none of which reads files in plain Node. */
export function loadingFrom(files: NetworkFiles, place: string): io.IOHandler {
  return {
    load: () => {
      const { modelTopology, weightsManifest } = parse(files.model, place);
      const weightData = files.weights.buffer.slice(
        files.weights.byteOffset,
        files.weights.byteOffset + files.weights.byteLength,
      ) as ArrayBuffer;
      return Promise.resolve({
        modelTopology,
        weightSpecs: weightsManifest.flatMap((group) => group.weights),
        weightData,
      });
    },
  };
}

/** Takes the bytes from TensorFlow.js. */
export function savingTo(take: (files: NetworkFiles) => void): io.IOHandler {
  return {
    save: (artifacts: io.ModelArtifacts) => {
      const { modelTopology, weightSpecs, weightData, format, generatedBy, convertedBy } = artifacts;
      const json = {
        format,
        generatedBy,
        convertedBy,
        modelTopology,
        weightsManifest: [{ paths: [`./${WEIGHTS_FILE}`], weights: weightSpecs }],
      };
      const parts = Array.isArray(weightData) ? weightData : [weightData as ArrayBuffer];
      take({
        model: Buffer.from(`${JSON.stringify(json, null, 2)}\n`),
        weights: Buffer.concat(parts.map((part) => Buffer.from(part))),
      });
      // No wall clock: nobody reads this date.
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
    },
  };
}

function parse(bytes: Buffer, place: string): ModelJson {
  let json: Partial<ModelJson> | null;
  try {
    json = JSON.parse(bytes.toString("utf8")) as Partial<ModelJson> | null;
  } catch (cause) {
    throw new ConfigError(`${place}: ${MODEL_FILE} is no JSON; fetch or train the model again`, { cause });
  }
  if (!json?.modelTopology || !Array.isArray(json.weightsManifest)) {
    throw new ConfigError(`${place}: ${MODEL_FILE} has no modelTopology or weightsManifest; fetch or train it again`);
  }
  return json as ModelJson;
}
