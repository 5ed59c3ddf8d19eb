import type { z } from "zod";
import type { LineSink, OperatorDefinition, Sink, SinkDefinition, SourceDefinition } from "./definition.js";

const TYPE_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any schema: the type arguments are inferred from it
type Schema = z.ZodType<any>;
type WithSchema<D, S extends Schema> = Omit<D, "role" | "options"> & { readonly options: S };

/** A source. Its option type comes from its schema. */
export function defineSource<S extends Schema, Out>(
  definition: WithSchema<SourceDefinition<z.output<S>, Out>, S>,
): SourceDefinition<z.output<S>, Out> {
  return checked({ role: "source", ...definition });
}

/** An operator. Its option type comes from its schema. */
export function defineOperator<S extends Schema, In, Out>(
  definition: WithSchema<OperatorDefinition<z.output<S>, In, Out>, S>,
): OperatorDefinition<z.output<S>, In, Out> {
  return checked({ role: "operator", ...definition });
}

/** A sink. Its option type comes from its schema. */
export function defineSink<S extends Schema, In, Out = never>(
  definition: WithSchema<SinkDefinition<z.output<S>, In, Out, Sink<In, Out>>, S>,
): SinkDefinition<z.output<S>, In, Out, Sink<In, Out>> {
  return checked({ role: "sink", ...definition });
}

/** A sink of lines of text. */
export function defineLineSink<S extends Schema, In>(
  definition: WithSchema<SinkDefinition<z.output<S>, In, never, LineSink<In>>, S>,
): SinkDefinition<z.output<S>, In, never, LineSink<In>> {
  return checked({ role: "sink", ...definition });
}

function checked<D extends { type: string; examples: readonly object[] }>(definition: D): D {
  if (!TYPE_NAME.test(definition.type)) throw new Error(`component type "${definition.type}": write it like-this`);
  if (definition.examples.length === 0) throw new Error(`component "${definition.type}" has no example`);
  return Object.freeze(definition);
}
