import type { ResourceKey } from "../streams/component/context.js";
import type { Card } from "./card.js";
import type { Model } from "./model.js";

/** The models of this run. */
export interface Models {
  /** What they compute on: node, wasm or cpu. */
  readonly backend: string;
  /** Loads, checks and warms a model, once however often it is asked for. Throws ConfigError. */
  load(name: string): Promise<Model>;
  /** Gives the memory of all of them back. */
  close(): Promise<void>;
}

export const models: ResourceKey<Models> = {
  name: "models",
  mend: "this command runs no models",
};

/** The cards of all models that there are. They are read without a backend, so that a pipeline is checked before it runs. */
export interface ModelCards {
  /** Throws ConfigError where there is no such model, or its card is not in order. */
  card(name: string): Card;
}

export const modelCards: ResourceKey<ModelCards> = {
  name: "model cards",
  mend: "this command looks at no models",
};
