import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, until } from "../program.js";
import { buildTree, environmentOf, exec, instructionsOf, textOf } from "./image-tree.js";

const DOCKERFILE = textOf("docker/Dockerfile");
const instructions = instructionsOf(DOCKERFILE);
/** Two installations from the lock file and a build. */
const LONG = 600_000;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "image-"))));
afterEach(() => {
  execFileSync("chmod", ["-R", "u+w", folder]);
  rmSync(folder, { recursive: true });
});

it(
  "what the Dockerfile says makes a program that watches printers, as a user who may write to its state alone",
  async () => {
    const app = buildTree(process.cwd(), DOCKERFILE, textOf(".dockerignore"), folder);
    const state = join(folder, "state");
    mkdirSync(state);
    execFileSync("chmod", ["-R", "a-w", app]);
    chmodSync(folder, 0o755);
    const root = process.getuid?.() === 0;
    const as = root ? { uid: 1000, gid: 1000 } : {};
    if (root) chownSync(state, 1000, 1000);

    const written = () => execFileSync("find", [app, "-type", "f", "-printf", "%P %s %T@\n"]).toString();
    const before = written();
    const [node, ...start] = [...exec(instructions, "ENTRYPOINT"), ...exec(instructions, "CMD")];
    expect([node, start[1]]).toEqual(["node", "/app/dist/main.js"]);
    const settings = { ...environmentOf(instructions), STATE_DIR: state };
    const program = new Program(settings, start.slice(2), app, join(app, "dist", "main.js"), as);
    try {
      const { http } = await program.line("running");
      const [, port] = /:(\d+)$/.exec(String(http))!;
      const [, ...check] = exec(instructions, "HEALTHCHECK");
      const health = () => spawnSync(process.execPath, check, { env: { HTTP_PORT: port } }).status;
      expect(health()).toBe(0);
      const stored = /^layerstream_records_out_total\{pipeline="quality",node="history",role="sink"\} [1-9]/m;
      await until(async () => stored.test(await (await fetch(`${String(http)}/metrics`)).text()));
      expect(await program.end("SIGTERM")).toEqual({ code: 0, signal: null });
      expect(health()).toBe(1);
      expect(program.logged("ended")).toEqual([expect.objectContaining({ unwritten: 0, dead: 0 })]);
    } finally {
      program.signal("SIGKILL");
    }
    expect(written()).toBe(before);
  },
  LONG,
);
