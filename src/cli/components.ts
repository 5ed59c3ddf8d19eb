import { ConfigError } from "../streams/component/errors.js";
import { didYouMean } from "../streams/component/suggest.js";
import { describeComponent, componentJson } from "../streams/topology/docs.js";
import { pipelineSchema } from "../streams/topology/schema.js";
import { table } from "./output.js";
import type { ExitCode, Session } from "./session.js";

/** Every source, operator and sink; or all about one type. */
export function components(
  { registry, out }: Session,
  type: string | undefined,
  { json }: { readonly json: boolean },
): ExitCode {
  const known = registry.definitions;
  const shown = type === undefined ? known : known.filter((definition) => definition.type === type);
  if (type !== undefined && shown.length === 0)
    throw new ConfigError(
      `no component is called "${type}".${didYouMean(
        type,
        known.map((definition) => definition.type),
      )}`,
    );
  if (json) out.json(shown.map(componentJson));
  else if (type !== undefined) for (const definition of shown) out.line(describeComponent(definition));
  else
    for (const line of table([
      ["type", "role", "does"],
      ...shown.map((definition) => [definition.type, definition.role, definition.summary]),
    ]))
      out.line(line);
  return 0;
}

/** JSON Schema of a pipeline file: editors complete and check from it. */
export function schema({ registry, out }: Session): ExitCode {
  out.line(JSON.stringify(pipelineSchema(registry), null, 2));
  return 0;
}
