import { dirname, resolve } from "node:path";
import { ConfigError } from "../streams/component/errors.js";
import type { Log, ResourceKey } from "../streams/component/context.js";
import { runScenario, type ScenarioResult } from "../streams/runtime/scenario.js";
import { formatProblem } from "../streams/topology/problem.js";
import { compileAll, type PipelineFile, readPipelines } from "./pipelines.js";
import { recordingOf } from "./recording.js";
import { openResources } from "./resources.js";
import type { ExitCode, Session } from "./session.js";

/** Runs the `tests:` of pipeline files. A test sees the defaults of the file and its own `env`, never the real environment. */
export async function test(
  session: Session,
  paths: readonly string[],
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const files = await readPipelines(paths);
  const results: (ScenarioResult & { readonly file: string })[] = [];
  for (const file of files) {
    const tested = await testFile(session, file);
    results.push(...tested);
    if (json) continue;
    session.out.line(file.path);
    for (const { scenario, differences } of tested) {
      session.out.line(`  ${differences.length === 0 ? "✓" : "✗"} ${scenario.name}`);
      if (differences.length > 0) session.out.line(`    ${file.path}:${scenario.place.line}:${scenario.place.column}`);
      for (const line of differences) session.out.line(`      ${line}`);
    }
  }
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  if (json) {
    const tests = results.map(({ file, scenario, differences }) => ({ file, name: scenario.name, differences }));
    session.out.json({ passed: results.length - failed, failed, tests });
  } else session.out.line(`${results.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

async function testFile(session: Session, file: PipelineFile): Promise<(ScenarioResult & { readonly file: string })[]> {
  const { registry, settings, log } = session;
  // What a component would say of a scenario is in the differences.
  const say = (message: string, fields?: Readonly<Record<string, unknown>>): void => log.debug(message, fields);
  const quiet: Log = { ...log, info: say, warn: say };
  const { topology } = compiled(session, file, {});
  const keys = topology.nodes
    .filter(({ definition }) => definition.role === "operator")
    .flatMap(({ definition }): readonly ResourceKey<unknown>[] => definition.needs ?? []);
  const opened = await openResources(keys, { settings, log });
  try {
    const results = [];
    for (const scenario of topology.tests) {
      const { topology: own } = compiled(session, file, scenario.env);
      const recording = (path: string) => recordingOf(registry, [resolve(dirname(file.path), "..", path)]);
      results.push({
        file: file.path,
        ...(await runScenario(own, scenario, { log: quiet, resources: opened.resources, recording })),
      });
    }
    return results;
  } finally {
    await opened.close();
  }
}

function compiled({ registry }: Session, file: PipelineFile, env: Readonly<Record<string, string>>) {
  const [compilation] = compileAll([file], registry, env);
  if (compilation?.topology) return { topology: compilation.topology };
  throw new ConfigError((compilation?.problems ?? []).map(formatProblem).join("\n"));
}
