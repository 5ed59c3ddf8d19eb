import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../streams/component/errors.js";
import { didYouMean } from "../streams/component/suggest.js";
import { type Card, readCard } from "./card.js";
import type { ModelCards } from "./models.js";

/** Reads the cards of all models in a folder. One that is not in order matters to whoever asks for it, and to no one else. */
export async function readCards(folder: string): Promise<ModelCards> {
  const names = await namesIn(folder);
  const read = await Promise.all(names.map((name) => readCard(join(folder, name)).catch(refusal)));
  const cards = new Map(names.map((name, i): [string, Card | ConfigError] => [name, read[i]!]));
  return {
    card(name) {
      const found = cards.get(name) ?? noModel(name, folder, names);
      if (found instanceof ConfigError) throw found;
      return found;
    },
  };
}

/** The names of the models in a folder, sorted. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}

export function noModel(name: string, folder: string, known: readonly string[]): ConfigError {
  const hint = didYouMean(name, known) || (known.length > 0 ? ` Known: ${known.join(", ")}.` : "");
  return new ConfigError(`there is no model "${name}" in ${folder}.${hint} Make one with "layerstream train --model ${name}"`);
}

function refusal(cause: unknown): ConfigError {
  if (cause instanceof ConfigError) return cause;
  throw cause;
}
