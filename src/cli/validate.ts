import { formatProblem } from "../streams/topology/problem.js";
import { compileAll, readPipelines } from "./pipelines.js";
import type { ExitCode, Session } from "./session.js";

/** Every problem of every file at once. Opens nothing but the files. */
export async function validate(
  { settings, registry, out }: Session,
  paths: readonly string[],
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const files = await readPipelines(paths);
  const compilations = compileAll(files, registry, settings.variables());
  const problems = compilations.flatMap((compilation) => compilation.problems);
  if (json) out.json({ problems });
  else {
    for (const problem of problems) out.line(formatProblem(problem));
    for (const { file, topology, problems: found } of compilations)
      if (topology && found.length === 0) out.line(`${file.path}: fine, ${topology.nodes.length} nodes`);
  }
  return problems.length > 0 ? 2 : 0;
}
