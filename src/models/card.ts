import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { z } from "zod";
import { fieldName } from "../streams/component/fields.js";
import { ConfigError } from "../streams/component/errors.js";
import { CARD_FILE, readModelFile, type NetworkFiles } from "./files.js";

/** Letters of the hash that make a version: enough to tell any two models of a project apart. */
const VERSION_LETTERS = 12;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: "write the SHA-256 of the file, 64 hex digits" });
const positive = z.number().positive();

/** What the reconstruction error of healthy prints looks like: see calibration.ts. */
export const Calibration = z.strictObject({
  knots: z.array(z.tuple([z.number(), z.number()])).min(2).meta({
    description: "Error and the share of healthy windows with a smaller one, both rising.",
  }),
  tail: positive.meta({ description: "Beyond the last knot, the share of larger errors falls by e each so much." }),
});
export type Calibration = z.output<typeof Calibration>;

/** Measured on rows that took no part in the training. */
export const Figures = z.strictObject({
  rows: z.int().min(0),
  mae: z.number().optional().meta({ description: "Mean absolute error, in the unit of the target." }),
  rmse: z.number().optional(),
  r2: z.number().optional(),
  baseline_mae: z.number().optional().meta({ description: "The same of 'it stays as it is'." }),
  unseen_mae: z.number().optional().meta({ description: "Mean absolute error where the target's field is not measured." }),
  auc: z.number().optional().meta({ description: "Chance that a faulty window scores above a healthy one." }),
  baseline_auc: z.number().optional().meta({ description: "The same of the largest deviation of any one feature." }),
  threshold: z.number().optional().meta({ description: "The score above which a window counts as odd, here." }),
  precision: z.number().optional(),
  recall: z.number().optional(),
  false_alarms: z.number().optional().meta({ description: "Share of the healthy windows above the threshold." }),
  by_fault: z
    .record(z.string(), z.strictObject({ rows: z.int().min(0), recall: z.number() }))
    .optional()
    .meta({ description: "The same recall for each kind of fault." }),
});
export type Figures = z.output<typeof Figures>;

/** What a model is: what it wants, what it says, where it comes from and how good it is. `models/NAME/card.json`. */
export const Card = z
  .strictObject({
    name: z.string().min(1),
    version: z.string().length(VERSION_LETTERS).meta({ description: "The first digits of the hash of the weights." }),
    kind: z.enum(["autoencoder", "regressor"]),
    features: z.array(fieldName).min(1).meta({ description: "The inputs, in order." }),
    outputs: z.array(fieldName).min(1).meta({ description: "What a prediction holds, in order." }),
    scaling: z
      .strictObject({ mean: z.array(z.number()), scale: z.array(positive) })
      .meta({ description: "A feature goes in as (value - mean) / scale; a missing one as 0." }),
    residuals: z
      .array(positive)
      .optional()
      .meta({ description: "Autoencoder: usual reconstruction error of each feature in healthy prints, scaled." }),
    calibration: Calibration.optional().meta({ description: "Autoencoder: from error to score." }),
    target: z
      .strictObject({
        field: fieldName.meta({ description: "The feature that is foretold." }),
        horizon_seconds: z.number().min(0),
        mean: z.number(),
        scale: positive,
      })
      .optional()
      .meta({ description: "Regressor: what it foretells; its output is value × scale + mean." }),
    sha256: z.strictObject({ model: sha256, weights: sha256 }),
    trained: z.strictObject({
      files: z.array(z.string()).meta({ description: "The recordings." }),
      rows: z.int().min(0),
      seed: z.int(),
      date: z.string().optional(),
      backend: z.string().optional().meta({ description: "Same backend, seed and files: same weights." }),
      epochs: z.int().min(0).optional(),
      held_back: Figures,
    }),
  })
  .superRefine((card, context) => {
    const wrong = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    const width = card.features.length;
    if (new Set(card.features).size !== width) wrong(["features"], "a feature is listed twice");
    for (const part of ["mean", "scale"] as const) {
      if (card.scaling[part].length !== width) wrong(["scaling", part], `holds ${card.scaling[part].length} of ${width}`);
    }
    if (card.kind === "regressor" && !card.target) wrong(["target"], "a regressor needs one");
    if (card.kind === "regressor" && card.outputs.length !== 1) wrong(["outputs"], "a regressor has one output");
    if (card.kind === "autoencoder") {
      if (card.residuals?.length !== width) wrong(["residuals"], `an autoencoder needs ${width}`);
      if (!card.calibration) wrong(["calibration"], "an autoencoder needs one");
      if (card.outputs.length !== 2) wrong(["outputs"], "an autoencoder has two outputs: score and error");
    }
    if (!card.sha256.weights.startsWith(card.version)) {
      wrong(["version"], "is not the beginning of the hash of weights.bin");
    }
  });
export type Card = z.output<typeof Card>;

/** The hashes of a network and the version that follows from them. */
export function identify(files: NetworkFiles): Pick<Card, "version" | "sha256"> {
  const weights = hash(files.weights);
  return { version: weights.slice(0, VERSION_LETTERS), sha256: { model: hash(files.model), weights } };
}

/** Reads and checks a card. Throws ConfigError. */
export async function readCard(folder: string): Promise<Card> {
  const place = join(folder, CARD_FILE);
  let json: unknown;
  try {
    json = JSON.parse((await readModelFile(folder, CARD_FILE)).toString("utf8"));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`${place} is no JSON; fetch or train the model again`, { cause });
  }
  const parsed = Card.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "card"}: ${issue.message}`);
  throw new ConfigError(`${place}: ${problems.join("; ")}; fetch or train the model again`);
}

export async function writeCard(folder: string, card: Card): Promise<void> {
  await writeFile(join(folder, CARD_FILE), `${JSON.stringify(card, null, 2)}\n`);
}

/** Throws ConfigError where the files are not those that the card was made for. */
export function checkHashes(card: Card, files: NetworkFiles, folder: string): void {
  const { sha256 } = identify(files);
  const changed = [
    ...(sha256.model === card.sha256.model ? [] : ["model.json"]),
    ...(sha256.weights === card.sha256.weights ? [] : ["weights.bin"]),
  ];
  if (changed.length > 0) {
    throw new ConfigError(
      `${folder}: ${changed.join(" and ")} changed since ${CARD_FILE} was written (SHA-256 differs); ` +
        `fetch the folder again, or train the model anew`,
    );
  }
}

function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
