import type { Context } from "../../streams/component/context.js";
import { ConfigError } from "../../streams/component/errors.js";
import { didYouMean } from "../../streams/component/suggest.js";

/**
 * Holds what arrives to what the model and the options ask for. Throws ConfigError with all that is missing. An input
 * whose fields are not known before it runs is checked record by record.
 */
export function checkInputs(model: string, wanted: readonly string[], inputs: Context["inputs"]): void {
  for (const { node, type } of inputs) {
    const { fields } = type;
    if (!fields) continue;
    const missing = wanted.filter((name) => !fields.includes(name));
    if (missing.length === 0) continue;
    const hint = missing.length === 1 ? didYouMean(missing[0]!, fields) : "";
    throw new ConfigError(
      `model "${model}" wants features that "${node}" does not emit: ${missing.join(", ")}.${hint} ` +
        `Let "${node}" emit all of these, in any order: ${[...new Set(wanted)].join(", ")}`,
    );
  }
}
