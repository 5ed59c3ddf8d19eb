import { ConfigError } from "../../streams/component/errors.js";
import { fitScaling, scaleRows } from "../scaling.js";
import type { Trained, TrainOptions } from "./autoencoder.js";
import { fit, type Examples } from "./fit.js";
import { fieldOf, maskFields, type Masking } from "./masking.js";
import { isMeasured, pick, type Rows, type Target } from "./rows.js";

const HIDDEN = [32, 16];
const MASKING: Masking = { any: 0.05, target: 0.3 };
const FITTING = { batch: 256, epochs: 60, rates: [3e-3, 1e-3, 3e-4], patience: 4 } as const;
/** With fewer there is nothing to learn. */
const LEAST_ROWS = 200;

/**
 * Trains a network to foretell a feature. The field that the feature comes from, and less often the others, are hidden
 * from some rows, so that the model also serves printers that do not measure them. Throws ConfigError where there are too
 * few rows.
 */
export async function trainRegressor(
  train: Rows,
  validation: Rows,
  target: Target,
  options: TrainOptions,
): Promise<Trained> {
  const learned = foretold(train);
  const checked = foretold(validation);
  if (Math.min(learned.count, checked.count) < LEAST_ROWS) {
    throw new ConfigError(
      `${learned.count} windows to learn from and ${checked.count} to check against have a ${target.feature} ` +
        `${target.horizon / 1000} s later, but at least ${LEAST_ROWS} of each are needed; take a longer recording`,
    );
  }
  const { names } = train;
  const width = names.length;
  const scaling = fitScaling(learned.values, width);
  const { mean, scale } = fitScaling(Float32Array.from(learned.targets), 1);
  const examples = (rows: Rows): Examples => {
    const inputs = new Float32Array(rows.values.length);
    scaleRows(rows.values, rows.count, scaling, inputs);
    return { count: rows.count, inputs, answers: Float32Array.from(rows.targets, (t) => (t - mean[0]!) / scale[0]!) };
  };
  const disturb = maskFields(names, MASKING, fieldOf(target.feature));
  const { network, epochs } = await fit(HIDDEN, examples(learned), examples(checked), { ...FITTING, ...options, disturb });
  return {
    network,
    epochs,
    rows: learned.count,
    card: {
      kind: "regressor",
      features: [...names],
      outputs: [fieldOf(target.feature)],
      scaling: { mean: [...scaling.mean], scale: [...scaling.scale] },
      target: { field: target.feature, horizon_seconds: target.horizon / 1000, mean: mean[0]!, scale: scale[0]! },
    },
  };
}

function foretold(rows: Rows): Rows {
  return pick(rows, (row) => !Number.isNaN(rows.targets[row]!) && isMeasured(rows, row));
}
