import { formatProblem } from "../streams/topology/problem.js";
import { compileAll, readPipelines } from "./pipelines.js";
import { lookUp } from "./resources.js";
import type { ExitCode, Session } from "./session.js";

export interface ValidateOptions {
  readonly json: boolean;
  /** Lets warnings fail too. */
  readonly strict: boolean;
}

/** Every problem of every file at once. Opens nothing but the files, and the cards of models. */
export async function validate(
  { settings, registry, out }: Session,
  paths: readonly string[],
  { json, strict }: ValidateOptions,
): Promise<ExitCode> {
  const files = await readPipelines(paths);
  const compilations = compileAll(files, registry, settings.variables(), await lookUp());
  const problems = compilations.flatMap((compilation) => compilation.problems);
  const failed = problems.some(({ severity }) => strict || severity === "error");
  if (json) out.json({ problems });
  else {
    for (const problem of problems) out.line(formatProblem(problem));
    for (const { file, topology, problems: found } of compilations)
      if (topology && found.length === 0) out.line(`${file.path}: fine, ${topology.nodes.length} nodes`);
  }
  return failed ? 2 : 0;
}
