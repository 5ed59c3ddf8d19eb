import { mkdir } from "node:fs/promises";
import { currentBackend } from "../backend.js";
import { identify, writeCard, type Card, type Figures } from "../card.js";
import { writeNetworkFiles, type NetworkFiles } from "../files.js";
import { modelOf, type Model } from "../model.js";
import { saveNetwork } from "../network.js";
import { trainAutoencoder, type TrainOptions } from "./autoencoder.js";
import { judge } from "./judge.js";
import type { Recording } from "./recording.js";
import { trainRegressor } from "./regressor.js";
import { partition, type Rows, type Target } from "./rows.js";

/** What to train. */
export interface Plan extends TrainOptions {
  readonly name: string;
  /** Absent: an autoencoder. */
  readonly target?: Target;
  /** Length of a window, ms: rows nearer to each other than this share readings. */
  readonly window: number;
  /** For the card; nobody else reads it. */
  readonly date?: string;
}

/** A new model, not yet on the disk. */
export interface NewModel {
  readonly model: Model;
  readonly files: NetworkFiles;
  /** The rows that took no part in the training: for judging the old model by the same measure. */
  readonly heldBack: Rows;
}

/** What the model of a card was trained to foretell. */
export function targetOf({ target }: Card): Target | undefined {
  return target && { feature: target.field, horizon: target.horizon_seconds * 1000 };
}

/**
 * Trains a model on recordings and judges it on the rows held back. Needs a backend (chooseBackend). Same recordings,
 * seed and backend: same bytes. Throws ConfigError where the recordings are too short or do not fit together.
 */
export async function trainModel(recordings: readonly Recording[], plan: Plan): Promise<NewModel> {
  const { name, target, window, seed, date } = plan;
  const parts = partition(recordings, window, target);
  const { train, validation, "held-back": heldBack } = parts;
  const { network, epochs, rows, card } = target
    ? await trainRegressor(train, validation, target, plan)
    : await trainAutoencoder(train, validation, plan);
  const files = await saveNetwork(network);
  const unjudged: Card = {
    name,
    ...identify(files),
    ...card,
    trained: {
      files: recordings.map(({ file }) => file),
      rows,
      seed,
      ...(date !== undefined && { date }),
      backend: currentBackend(),
      epochs,
      held_back: { rows: 0 },
    },
  };
  const held_back = judge(modelOf(unjudged, network), heldBack);
  const judged: Card = { ...unjudged, trained: { ...unjudged.trained, held_back } };
  return { model: modelOf(judged, network), files, heldBack };
}

/** Writes a model's three files. */
export async function saveModel(folder: string, { model, files }: Pick<NewModel, "model" | "files">): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeNetworkFiles(folder, files);
  await writeCard(folder, model.card);
}

/**
 * Whether figures are better than others that were measured on the same rows: a smaller error, a larger area. A model
 * whose figures say nothing is better than none.
 */
export function betterThan(old: Figures, fresh: Figures): boolean {
  if (old.mae !== undefined || fresh.mae !== undefined) return (fresh.mae ?? Infinity) < (old.mae ?? Infinity);
  return (fresh.auc ?? 0) > (old.auc ?? 0);
}
