import { join } from "node:path";
import type { Log } from "../streams/component/context.js";
import { ConfigError } from "../streams/component/errors.js";
import { chooseBackend, type WantedBackend } from "./backend.js";
import { namesIn, noModel } from "./cards.js";
import { loadModel, type Model } from "./model.js";
import type { Models } from "./models.js";

export interface ModelsSettings {
  /** Holds a folder for each model. */
  readonly folder: string;
  readonly backend: WantedBackend;
  readonly log: Log;
}

/** A model's name is the name of its folder, and leads nowhere else. */
const MODEL_NAME = /^[A-Za-z0-9_-]+$/;

/** The folder of a model. Throws ConfigError for a name that is none. */
export function folderOf(folder: string, name: string): string {
  if (MODEL_NAME.test(name)) return join(folder, name);
  throw new ConfigError(`model "${name}": write the name of a folder in ${folder}: letters, digits, - and _`);
}

/** Starts the backend. Nothing is loaded before it is asked for. */
export async function openModels({ folder, backend, log }: ModelsSettings): Promise<Models> {
  const chosen = await chooseBackend(backend, log);
  const loading = new Map<string, Promise<Model>>();

  async function load(name: string): Promise<Model> {
    const place = folderOf(folder, name);
    const known = await namesIn(folder);
    if (!known.includes(name)) throw noModel(name, folder, known);
    const model = await loadModel(place);
    log.info("model loaded", { model: name, version: model.id.version, backend: chosen });
    return model;
  }

  return {
    backend: chosen,
    load(name) {
      let model = loading.get(name);
      if (!model) {
        model = load(name);
        loading.set(name, model);
        model.catch(() => loading.delete(name));
      }
      return model;
    },
    async close() {
      for (const model of await Promise.allSettled(loading.values())) {
        if (model.status === "fulfilled") model.value.dispose();
      }
      loading.clear();
    },
  };
}
