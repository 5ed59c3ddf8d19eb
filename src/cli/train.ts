import { join } from "node:path";
import { chooseBackend } from "../models/backend.js";
import { type Card, type Figures, readCard } from "../models/card.js";
import { loadModel } from "../models/model.js";
import { judge } from "../models/training/judge.js";
import { betterThan, type NewModel, saveModel, targetOf, trainModel } from "../models/training/train.js";
import { ConfigError } from "../streams/component/errors.js";
import { parseDuration } from "../streams/component/fields.js";
import { systemClock } from "../streams/time/clock.js";
import { describeFigures } from "./figures.js";
import { featuresOf, recordFeatures } from "./features.js";
import { loadTopologies } from "./pipelines.js";
import { modelFolder } from "./resources.js";
import type { ExitCode, Session } from "./session.js";

export interface TrainOptions {
  readonly model: string;
  readonly data: readonly string[];
  readonly pipeline: string;
  /** The feature to foretell; absent: what the model there is foretells. */
  readonly target?: string;
  readonly horizon: string;
  readonly seed: number;
  readonly force: boolean;
  readonly json: boolean;
}

/**
 * Trains a model on recordings, through the very nodes that will feed it when it runs. Keeps the model there is where that
 * does better on the rows held back, unless forced.
 */
export async function train(session: Session, options: TrainOptions): Promise<ExitCode> {
  const { settings, registry, log, out, stop } = session;
  const { topologies } = await loadTopologies([options.pipeline], registry, settings.variables());
  const features = featuresOf(topologies[0]!, options.model);
  const backend = await chooseBackend(settings.TFJS_BACKEND, log);
  const recordings = [];
  for (const file of options.data) recordings.push(await recordFeatures(session, topologies[0]!, features, file));
  log.info("training", {
    model: options.model,
    backend,
    rows: recordings.reduce((sum, { rows }) => sum + rows.length, 0),
  });
  const folder = join(modelFolder(), options.model);
  const old = await readCard(folder).catch(() => undefined);
  const target = chosenTarget(options) ?? (old && targetOf(old));
  const made = await trainModel(recordings, {
    name: options.model,
    window: Math.max(...recordings.map(({ window }) => window)),
    seed: options.seed,
    date: new Date(systemClock.now()).toISOString().slice(0, 10),
    stop,
    progress: (epoch) => log.debug("epoch", { ...epoch }),
    ...(target && { target }),
  });
  if (stop.aborted) return 130;
  const standing = old && !options.force ? await judgeOld(folder, old, made) : undefined;
  const { held_back } = made.model.card.trained;
  if (standing && !betterThan(standing, held_back)) {
    log.error("the model there is does better on the same rows; --force replaces it all the same", { ...standing });
    report(session, options, held_back, false);
    return 1;
  }
  await saveModel(folder, made);
  report(session, options, held_back, true);
  if (!options.json) out.line(`wrote ${folder}, version ${made.model.card.version}`);
  return 0;
}

function chosenTarget({ target, horizon }: TrainOptions): { feature: string; horizon: number } | undefined {
  if (target === undefined) return undefined;
  const ms = parseDuration(horizon);
  if (ms === undefined) throw new ConfigError(`--horizon "${horizon}": write a whole number and a unit, as in 30s`);
  return { feature: target, horizon: ms };
}

/** The old model by the same measure: on rows that the new one was not trained on. A model of other features has none. */
async function judgeOld(folder: string, old: Card, made: NewModel): Promise<Figures | undefined> {
  if (old.features.join() !== made.heldBack.names.join()) return undefined;
  return judge(await loadModel(folder), made.heldBack);
}

function report({ out }: Session, { model, json }: TrainOptions, figures: Figures, kept: boolean): void {
  if (json) out.json({ model, written: kept, heldBack: figures });
  else for (const line of describeFigures(figures)) out.line(line);
}
