import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** Instructions of a Dockerfile, continued lines as one. */
export function instructionsOf(text: string): Instruction[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll("\\\n", " ")
    .split("\n");
  return lines.flatMap((line) => {
    const [, name, words] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    return name === undefined ? [] : [{ name, words: words!.trim() }];
  });
}

/** The one instruction of this name whose words are an array. */
export function exec(instructions: readonly Instruction[], name: string): string[] {
  const { words } = instructions.findLast((each) => each.name === name)!;
  return JSON.parse(words.slice(words.indexOf("["))) as string[];
}

/** What `ENV` sets in the last stage. */
export function environmentOf(instructions: readonly Instruction[]): Record<string, string> {
  const last = instructions.slice(instructions.findLastIndex(({ name }) => name === "FROM"));
  const pairs = last.filter(({ name }) => name === "ENV").flatMap(({ words }) => words.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string]));
}

/**
 * Does what a Dockerfile says without an engine: each stage is a folder below `to`, what is copied comes from the context and
 * from stages before, commands run in the folder of their stage. What the last stage runs is left out: it makes users' folders.
 *
 * @returns the folder of the last stage's working directory
 */
export function buildTree(context: string, text: string, ignore: string, to: string): string {
  const instructions = instructionsOf(text);
  const last = instructions.findLastIndex(({ name }) => name === "FROM");
  const sent = contextOf(context, ignore);
  let stage = "";
  let folder = "";
  for (const [i, { name, words }] of instructions.entries()) {
    if (name === "FROM") stage = join(to, / AS (\w+)$/.exec(words)?.[1] ?? "last");
    else if (name === "WORKDIR") mkdirSync((folder = join(stage, words)), { recursive: true });
    else if (name === "COPY") copy(words);
    else if (name === "RUN" && i < last) execFileSync("sh", ["-c", words], { cwd: folder, stdio: "pipe" });
  }
  return folder;

  function copy(words: string): void {
    const [, from, rest] = /^(?:--from=(\w+)\s+)?(.*)$/.exec(words)!;
    const paths = rest!.split(/\s+/);
    const target = join(folder, paths.pop()!);
    for (const path of paths) {
      if (from !== undefined) cpSync(join(to, from, path), target, { recursive: true });
      else {
        const files = sent.filter((file) => file === path || file.startsWith(`${path}/`));
        if (files.length === 0) throw new Error(`COPY ${path}: the context has no such file`);
        for (const file of files) {
          const place = file === path ? join(target, file) : join(target, file.slice(path.length));
          mkdirSync(dirname(place), { recursive: true });
          cpSync(join(context, file), place);
        }
      }
    }
  }
}

/** What an engine is sent of a folder: of the rules that match a file the last decides. */
function contextOf(folder: string, ignore: string): string[] {
  const rules = ignore
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ out: !line.startsWith("!"), matches: globOf(line.replace(/^!/, "")) }));
  const leftOut = (file: string) => rules.findLast(({ matches }) => matches.test(file))?.out ?? false;
  // What is made of the rest, and large.
  const top = readdirSync(folder).filter((name) => name !== "node_modules" && name !== ".git");
  const files = top.flatMap((name) => {
    const below = readdirSync(folder, { withFileTypes: true }).find((entry) => entry.name === name)!;
    if (below.isFile()) return [name];
    return readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  });
  return files.filter((file) => !leftOut(file));
}

/** A rule matches a path and all that is below it. */
function globOf(rule: string): RegExp {
  const parts = rule.split("**/").map((part) =>
    part
      .split("*")
      .map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join("[^/]*"),
  );
  return new RegExp(`^${parts.join("(?:.*/)?")}(?:/|$)`);
}

/** The text of a file of the repository. */
export const textOf = (path: string): string => readFileSync(path, "utf8");
