import { modelCards } from "../../models/models.js";
import type { Advice, NodeView } from "../../streams/component/definition.js";
import { ConfigError } from "../../streams/component/errors.js";
import { checkInputs } from "./check.js";

/** The parts of the options that advice is about. */
interface Asking {
  readonly model: string;
  readonly carry: readonly string[];
}

/** Holds the model's card to what arrives, where the cards are known: before anything is opened. */
export function advise({ model, carry }: Asking, place: NodeView): Advice[] {
  const cards = place.known(modelCards);
  if (!cards) return [];
  try {
    checkInputs(model, [...cards.card(model).features, ...carry], place.inputs);
    return [];
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    return [{ severity: "error", message: cause.message, path: ["model"] }];
  }
}
