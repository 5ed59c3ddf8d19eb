import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { validate, ValidationSeverity } from "dockerfile-utils";

const TEXT = readFileSync("docker/Dockerfile", "utf8");
const lines = TEXT.replaceAll("\\\n", " ").split("\n");
/** The words behind each instruction of this name. */
const all = (instruction: string): string[] =>
  lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length).trim());

const RULES = [
  "directiveCasing",
  "emptyContinuationLine",
  "instructionCasing",
  "instructionJSONInSingleQuotes",
  "instructionWorkdirRelative",
];

/** What the linter finds, in the settings in which it is strictest. */
function problems(text: string): string[] {
  const strict = Object.fromEntries(RULES.map((rule) => [rule, ValidationSeverity.ERROR]));
  return validate(text, strict).map(
    ({ message, range }) => `line ${range.start.line + 1}: ${typeof message === "string" ? message : message.value}`,
  );
}

describe("docker/Dockerfile", () => {
  it("is understood, and a broken copy is not", () => {
    expect(problems(TEXT)).toEqual([]);
    expect(problems(TEXT.replace("WORKDIR /app", "WORKDIR app"))).toContainEqual(expect.stringMatching(/WORKDIR/));
    expect(problems(TEXT.replace("RUN npm ci", "RNU npm ci"))).toContainEqual(expect.stringMatching(/Unknown.*RNU/));
    expect(problems(TEXT.replace("--interval=", "--intervall="))).toContainEqual(expect.stringMatching(/flag/i));
    expect(problems(TEXT.replace('CMD ["run"]', "CMD ['run']"))).toContainEqual(expect.stringMatching(/quote/));
  });

  it("copies from stages that are there", () => {
    const stages = all("FROM").flatMap((from) => / AS (\w+)$/.exec(from)?.[1] ?? []);
    const used = all("COPY").flatMap((copy) => /--from=(\w+)/.exec(copy)?.[1] ?? []);
    expect(used.sort()).toEqual(stages.sort());
  });

  it("installs what the lock file says, for running without what is for building", () => {
    expect(all("RUN").filter((run) => run.includes("npm ci"))).toEqual([
      "npm ci --ignore-scripts",
      "npm ci --omit=dev",
    ]);
    expect(TEXT).not.toMatch(/npm (install|i) /);
  });

  it("runs the program itself as a user who owns nothing of it", () => {
    expect(all("USER")).toEqual(["1000:1000"]);
    expect(JSON.parse(all("ENTRYPOINT")[0]!)).toEqual(["node", "--enable-source-maps", "/app/dist/main.js"]);
    expect(JSON.parse(all("CMD")[0]!)).toEqual(["run"]);
    expect(all("COPY").join("\n")).not.toMatch(/--chown/);
  });

  it("builds on one version of Node.js, which is the one that runs it", () => {
    const bases = all("ARG").map((arg) => arg.split("=")[1]!);
    expect(bases).toHaveLength(2);
    const versions = bases.map((base) => /^node:(\d+\.\d+\.\d+)-/.exec(base)?.[1]);
    expect(versions[0]).toBeDefined();
    expect(versions[1]).toBe(versions[0]);
  });
});

describe(".dockerignore", () => {
  const rules = readFileSync(".dockerignore", "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

  it("leaves all out, and lets in what the Dockerfile copies", () => {
    expect(rules[0]).toBe("*");
    const letIn = rules.filter((rule) => rule.startsWith("!")).map((rule) => rule.slice(1));
    const copied = all("COPY").filter((copy) => !copy.startsWith("--from="));
    for (const each of new Set(copied.flatMap((copy) => copy.split(/\s+/).slice(0, -1))))
      expect([each, letIn.some((rule) => rule === each || rule.startsWith(`${each}/`))]).toEqual([each, true]);
  });

  it("keeps accounts and secrets out of the image", () => {
    const letIn = rules.filter((rule) => rule.startsWith("!")).join("\n");
    expect(letIn).not.toMatch(/^!(config|secrets|\.env|config\/(pwfile|acl))$/m);
  });
});

describe("the health check", () => {
  it("asks the program, wherever it listens", () => {
    const [, command] = / CMD (\[.*\])$/.exec(all("HEALTHCHECK")[0]!)!;
    expect(JSON.parse(command!)).toEqual(["node", "-e", expect.stringContaining("HTTP_PORT || 8080}/healthz")]);
  });
});
