import type { JsonValue } from "../record/json.js";
import type { Definition } from "./definition.js";

/** What state was saved with, in a form that can be stored and compared: a node whose answer is another one cannot take it. */
export function stateOf(definition: Definition, options: unknown): JsonValue {
  const of: unknown = definition.stateOf ? definition.stateOf(options) : options;
  return JSON.parse(JSON.stringify({ type: definition.type, of })) as JsonValue;
}
