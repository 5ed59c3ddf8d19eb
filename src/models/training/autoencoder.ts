import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ConfigError } from "../../streams/component/errors.js";
import { calibrate } from "../calibration.js";
import type { Card } from "../card.js";
import { runNetwork } from "../network.js";
import { reconstructionErrors } from "../reconstruction.js";
import { fitScaling, scaleRows } from "../scaling.js";
import { fit, type Examples, type FitOptions } from "./fit.js";
import { maskFields, type Masking } from "./masking.js";
import { isMeasured, pick, type Rows } from "./rows.js";

/** Hidden layers: wide, narrow, wide. What passes through the narrow one is what healthy prints have in common. */
const HIDDEN = [32, 10, 32];
const MASKING: Masking = { any: 0.05, target: 0.05 };
const FITTING = { batch: 256, epochs: 60, rates: [3e-3, 1e-3, 3e-4], patience: 4 } as const;
/** A feature that healthy prints reproduce almost exactly must not turn every breath into a fault. */
const LEAST_RESIDUAL = 0.05;
/** With fewer the calibration is guesswork. */
const LEAST_ROWS = 200;

/** A network and the part of the card that belongs to it. */
export type Trained = {
  readonly network: LayersModel;
  readonly epochs: number;
  readonly rows: number;
  readonly card: Pick<Card, "kind" | "features" | "outputs" | "scaling" | "residuals" | "calibration" | "target">;
};

export type TrainOptions = Pick<FitOptions, "seed" | "progress" | "stop">;

/**
 * Trains an autoencoder on the healthy rows. How large its errors usually are, and how they are spread, is measured on
 * validation rows, which it has not learned by heart. Throws ConfigError where there are too few healthy rows.
 */
export async function trainAutoencoder(train: Rows, validation: Rows, options: TrainOptions): Promise<Trained> {
  const learned = healthy(train);
  const checked = healthy(validation);
  if (Math.min(learned.count, checked.count) < LEAST_ROWS) {
    throw new ConfigError(
      `${learned.count} healthy windows to learn from and ${checked.count} to check against, ` +
        `but at least ${LEAST_ROWS} of each are needed; take a longer recording`,
    );
  }
  const { names } = train;
  const width = names.length;
  const scaling = fitScaling(learned.values, width);
  const scaled = (rows: Rows): Examples => {
    const inputs = new Float32Array(rows.values.length);
    scaleRows(rows.values, rows.count, scaling, inputs);
    return { count: rows.count, inputs, answers: inputs };
  };
  const disturb = maskFields(names, MASKING);
  const checks = scaled(checked);
  const { network, epochs } = await fit(HIDDEN, scaled(learned), checks, { ...FITTING, ...options, disturb });
  const answers = runNetwork(network, checks.inputs, checks.count);
  const residuals = usualResiduals(checked.values, checks.inputs, answers, width);
  const errors = reconstructionErrors(checked.values, checks.inputs, answers, residuals);
  return {
    network,
    epochs,
    rows: learned.count,
    card: {
      kind: "autoencoder",
      features: [...names],
      outputs: ["anomaly_score", "anomaly_error"],
      scaling: { mean: [...scaling.mean], scale: [...scaling.scale] },
      residuals,
      calibration: calibrate(errors),
    },
  };
}

function healthy(rows: Rows): Rows {
  return pick(rows, (row) => rows.labels[row] === null && isMeasured(rows, row));
}

/** The root mean square of each feature's reconstruction error, scaled; 1 for one that was never measured. */
function usualResiduals(rows: Float32Array, inputs: Float32Array, answers: Float32Array, width: number): number[] {
  const sums = new Float64Array(width);
  const counts = new Float64Array(width);
  for (let at = 0; at < inputs.length; at++) {
    if (Number.isNaN(rows[at]!)) continue;
    sums[at % width]! += (inputs[at]! - answers[at]!) ** 2;
    counts[at % width]!++;
  }
  return Array.from(sums, (sum, i) => (counts[i]! > 0 ? Math.max(LEAST_RESIDUAL, Math.sqrt(sum / counts[i]!)) : 1));
}
