import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { ConfigError } from "../streams/component/errors.js";
import type { Registry } from "../streams/component/registry.js";
import { didYouMean } from "../streams/component/suggest.js";
import { compile } from "../streams/topology/compile.js";
import type { Known } from "../streams/topology/advice.js";
import { formatProblem, TOP } from "../streams/topology/problem.js";
import type { Problem, Topology } from "../streams/topology/topology.js";

export type Variables = Readonly<Record<string, string | undefined>>;

export interface PipelineFile {
  readonly path: string;
  readonly text: string;
  /** Why it could not be read; then the text is empty. */
  readonly unreadable?: string;
}

/** Reads pipeline files. Paths are shown relative to where the program was started. */
export async function readPipelines(paths: readonly string[]): Promise<PipelineFile[]> {
  return Promise.all(
    paths.map(async (given) => {
      const path = relative(process.cwd(), given) || given;
      try {
        return { path, text: await readFile(given, "utf8") };
      } catch (cause) {
        return { path, text: "", unreadable: await whyUnread(given, cause as NodeJS.ErrnoException) };
      }
    }),
  );
}

async function whyUnread(path: string, { code }: NodeJS.ErrnoException): Promise<string> {
  const mend = "give the path of a YAML file, as in config/pipelines/quality.yaml";
  if (code === "EISDIR") return `it is a folder; ${mend}`;
  if (code !== "ENOENT") return `it cannot be read (${code ?? "unknown error"}); ${mend}`;
  const beside = await readdir(dirname(path)).catch(() => []);
  const near = didYouMean(
    path,
    beside.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(dirname(path), name)),
  );
  return near ? `there is no such file.${near}` : `there is no such file; ${mend}`;
}

export interface Compilation {
  readonly file: PipelineFile;
  readonly topology?: Topology;
  /** Errors and warnings in order of their place. */
  readonly problems: readonly Problem[];
}

/** Compiles files apart from each other, then looks at what they would do together. */
export function compileAll(
  files: readonly PipelineFile[],
  registry: Registry,
  variables: Variables,
  known?: Known,
): Compilation[] {
  const names = new Map<string, string>();
  return files.map((file) => {
    if (file.unreadable !== undefined) return { file, problems: [problemOf(file, file.unreadable)] };
    const compiled = compile(file, registry, variables, known);
    if ("problems" in compiled) return { file, problems: compiled.problems };
    const { topology, warnings } = compiled;
    const other = names.get(topology.name);
    if (other === undefined) {
      names.set(topology.name, file.path);
      return { file, topology, problems: warnings };
    }
    const twice = `the pipeline of ${other} is called "${topology.name}" too; give one of them another name`;
    return { file, problems: [problemOf(file, twice), ...warnings] };
  });
}

/** An error that concerns all of a file. */
function problemOf({ path }: PipelineFile, message: string): Problem {
  return { file: path, ...TOP, severity: "error", message };
}

/** The topologies of files that must run: throws with every error, logs nothing. */
export async function loadTopologies(
  paths: readonly string[],
  registry: Registry,
  variables: Variables,
  known?: Known,
): Promise<{ topologies: Topology[]; warnings: Problem[]; files: PipelineFile[] }> {
  const files = await readPipelines(paths);
  const compilations = compileAll(files, registry, variables, known);
  const problems = compilations.flatMap((compilation) => compilation.problems);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new ConfigError(errors.map(formatProblem).join("\n"));
  return {
    topologies: compilations.flatMap(({ topology }) => topology ?? []),
    warnings: problems,
    files,
  };
}
