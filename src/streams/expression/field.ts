import { z } from "zod";
import { compileCondition, compileExpression } from "./compile.js";
import { ExpressionError } from "./tree.js";

const text = z.string({ error: `write an expression in quotes, as in "roughness > 75 && state == 'printing'"` });

/** An expression in a pipeline file, compiled once parsed: `nozzle_target - nozzle_temp`. */
export const expression = text
  .meta({ examples: ["nozzle_target - nozzle_temp", "clamp(roughness, 0, 100)"] })
  .transform((source, context) => compiled(compileExpression, source, context));

/** An expression that is true or false: `roughness > 75 && state == 'printing'`. */
export const condition = text
  .meta({ examples: ["roughness > 75", "!exists(state) || state == 'printing'"] })
  .transform((source, context) => compiled(compileCondition, source, context));

function compiled<T>(compile: (source: string) => T, source: string, context: z.RefinementCtx<string>): T {
  try {
    return compile(source);
  } catch (cause) {
    if (!(cause instanceof ExpressionError)) throw cause;
    context.addIssue({ code: "custom", message: cause.message });
    return z.NEVER;
  }
}
