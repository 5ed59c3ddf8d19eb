import { describe, expect, it } from "@jest/globals";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runProgram } from "../src/cli/program.js";
import { components } from "../src/components.js";
import { Registry } from "../src/streams/component/registry.js";
import { compile } from "../src/streams/topology/compile.js";
import { blocksOf } from "./markdown.js";

const PAGES = [
  ...readdirSync(".").filter((name) => name.endsWith(".md")),
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

interface Line {
  readonly place: string;
  readonly text: string;
}

/** What a reader would type: lines of bash blocks, continued ones as one and without comments, and commands in the text. */
function typed(page: string): Line[] {
  const inBlocks = blocksOf(page)
    .filter(({ language }) => language === "bash")
    .flatMap(({ text, line }) =>
      text
        .replaceAll("\\\n", " ")
        .split("\n")
        .map((each) => [line, each] as const),
    );
  const prose = readFileSync(page, "utf8").replace(/^ *```[\s\S]*?^ *```$/gm, (block) => block.replace(/[^\n]/g, ""));
  const inText = prose
    .split("\n")
    .flatMap((each, i) => [...each.matchAll(/`((?:npm|npx) [^`]+)`/g)].map(([, text]) => [i + 1, text!] as const));
  return [...inBlocks, ...inText].map(([line, text]) => ({
    place: `${page}:${line}`,
    // Without comments, and without the file that the shell writes.
    text: text
      .replace(/(^|\s)#.*$/, "")
      .replace(/\s>\s*\S+\s*$/, "")
      .trim(),
  }));
}

const all = PAGES.flatMap(typed);
const OURS = /(?:^|\s)(?:npm start(?: --silent)?(?: -- (.*))?|npx layerstream(?: (.*))?)$/;
const commands = all.flatMap(({ place, text }) => {
  const ours = OURS.exec(text);
  return ours ? [{ place, args: wordsOf(ours[1] ?? ours[2] ?? "") }] : [];
});

/** The words of a command line, quotes taken off. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare!);
}

/** The anchor that a heading has on GitHub. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

describe("the documentation", () => {
  it("is found", () => {
    expect(PAGES).toEqual(expect.arrayContaining(["README.md", "CONTRIBUTING.md", "docs/architecture.md"]));
    expect(commands.length).toBeGreaterThan(10);
  });

  it.each(commands.map(({ place, args }) => [place, args.join(" "), args] as const))(
    "%s: the program knows %s",
    async (_, __, args) => {
      // The session is asked for once the command line has been understood.
      const understood = new Error("understood");
      const session = (): never => {
        throw understood;
      };
      await expect(runProgram(args, { version: "0", session })).rejects.toBe(understood);
    },
  );

  it("names scripts that are there", () => {
    for (const { place, text } of all) {
      const [, script] = /\bnpm run (?:--?\w+ )*([\w:-]+)/.exec(text) ?? [];
      if (script !== undefined)
        expect([place, Object.keys(scripts)]).toEqual([place, expect.arrayContaining([script])]);
    }
  });

  it("is held to the code in CI: npm gives --check to the last command of a script", () => {
    expect(scripts["docs"]).toMatch(/node \S+\/docs\.js$/);
    expect(scripts["check"]).toContain("npm run docs -- --check");
  });

  it("shows pipelines that compile", () => {
    const registry = new Registry(components);
    const shown = PAGES.flatMap((page) =>
      blocksOf(page)
        .filter(({ language, text }) => language === "yaml" && /^sources:/m.test(text))
        .map(({ text, line }) => ({ path: `${page}:${line}`, text })),
    );
    expect(shown.length).toBeGreaterThan(0);
    for (const file of shown) expect(compile(file, registry, {})).not.toHaveProperty("problems");
  });

  it("has links that lead somewhere", () => {
    for (const page of PAGES) {
      const text = readFileSync(page, "utf8");
      for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target!)) continue;
        const [path, anchor] = target!.split("#") as [string, string?];
        const file = path === "" ? page : join(dirname(page), path);
        expect([`${page} -> ${target!}`, existsSync(file)]).toEqual([`${page} -> ${target!}`, true]);
        if (anchor === undefined) continue;
        const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
          anchorOf(heading!),
        );
        expect([page, headings]).toEqual([page, expect.arrayContaining([anchor])]);
      }
    }
  });

  it("shows settings that are there", () => {
    const known = readFileSync(".env.example", "utf8");
    for (const { place, text } of all) {
      for (const [, name] of text.matchAll(/--set (\w+)=/g))
        expect([place, known]).toEqual([place, expect.stringContaining(`\n${name!}=`)]);
    }
  });
});
