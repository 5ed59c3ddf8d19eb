import { chooseBackend } from "../models/backend.js";
import { loadModel } from "../models/model.js";
import { folderOf } from "../models/open.js";
import { judge } from "../models/training/judge.js";
import { rowsOf } from "../models/training/rows.js";
import { targetOf } from "../models/training/train.js";
import { ConfigError } from "../streams/component/errors.js";
import { featuresOf, recordFeatures } from "./features.js";
import { describeFigures } from "./figures.js";
import { loadTopologies } from "./pipelines.js";
import { modelFolder } from "./resources.js";
import type { ExitCode, Session } from "./session.js";

export interface EvaluateOptions {
  readonly model: string;
  readonly data: readonly string[];
  readonly pipeline: string;
  readonly json: boolean;
}

/** Figures of a model on labelled recordings, made through the very nodes that feed it when it runs. Changes nothing. */
export async function evaluate(session: Session, options: EvaluateOptions): Promise<ExitCode> {
  const { settings, registry, log, out, stop } = session;
  const { topologies } = await loadTopologies([options.pipeline], registry, settings.variables());
  const node = featuresOf(topologies[0]!, options.model);
  await chooseBackend(settings.TFJS_BACKEND, log);
  const model = await loadModel(folderOf(modelFolder(), options.model));
  const { version, kind, features, trained } = model.card;
  const recordings = [];
  for (const file of options.data) {
    const recording = await recordFeatures(session, topologies[0]!, node, file);
    if (stop.aborted) return 130;
    if (recording.rows.length === 0)
      throw new ConfigError(`${file}: no window came of it; give a longer recording with the fields of a print`);
    recordings.push(recording);
    if (trained.files.includes(recording.file))
      log.warn("the model was trained on a file of this name: what it says of it is no proof", { file });
  }
  const rows = rowsOf(recordings, features, targetOf(model.card));
  if (kind === "autoencoder" && !rows.labels.some((label) => typeof label === "string"))
    log.warn("no fault is labelled in these recordings: only false alarms can be told");
  const figures = judge(model, rows);
  if (options.json) out.json({ model: options.model, version, kind, files: options.data, figures });
  else {
    out.line(`${options.model} ${version}, ${kind}`);
    for (const line of describeFigures(figures)) out.line(line);
  }
  return 0;
}
