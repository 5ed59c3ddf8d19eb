import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFile, chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program, until } from "../program.js";

const SCRIPTS = fileURLToPath(new URL("../../scripts/", import.meta.url));
const PIPELINE = fileURLToPath(new URL("../../config/pipelines/quality.yaml", import.meta.url));
const RECORDING = fileURLToPath(new URL("../../config/scenarios/rough.csv", import.meta.url));

describe("backup.sh of the stack", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("starts what it stopped where %s ends it", async (signal, code) => {
    const home = await mkdtemp(join(tmpdir(), "backup-"));
    try {
      await mkdir(join(home, "scripts"));
      for (const name of ["backup.sh", "volumes.sh"]) await copyFile(join(SCRIPTS, name), join(home, "scripts", name));
      // In the place of an engine: notes what it is told, has one volume each, and is slow to copy it.
      const note = `#!/bin/sh\necho "$*" >>${home}/told\n`;
      await writeFile(join(home, "docker-compose"), `${note}[ "$1" != ps ] || echo processor mqtt | tr ' ' '\\n'\n`);
      await writeFile(join(home, "docker"), `${note}case $1 in volume) echo some ;; *) exec sleep 60 ;; esac\n`);
      for (const name of ["docker-compose", "docker"]) await chmod(join(home, name), 0o755);
      const env = { PATH: [home, process.env.PATH].join(delimiter) };
      // With those that it waits for, as a terminal does it.
      const script = spawn(join(home, "scripts", "backup.sh"), { env, detached: true, stdio: "ignore" });
      const ended = once(script, "close");
      const told = async () => (await readFile(join(home, "told"), "utf8").catch(() => "")).trim().split("\n");
      await until(async () => (await told()).at(-1)!.startsWith("run --rm --network none"));
      process.kill(-script.pid!, signal);
      expect(await ended).toEqual([code, null]);
      const after = await told();
      expect(after.filter((each) => /^(stop|start) /.test(each))).toEqual([
        "stop processor mqtt",
        "start processor mqtt",
      ]);
      expect(after.at(-1)).toBe("start processor mqtt");
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});

describe("backup.sh and restore.sh without containers", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "backup-"));
    for (const folder of ["scripts", "secrets", "config", "state/journal"])
      await mkdir(join(home, folder), { recursive: true });
    for (const name of ["backup.sh", "restore.sh", "volumes.sh"])
      await copyFile(join(SCRIPTS, name), join(home, "scripts", name));
    await writeFile(join(home, ".env"), "MQTT_PASSWORD=mine\n", { mode: 0o600 });
    await writeFile(join(home, "secrets/mqtt_password"), "mine");
    await writeFile(join(home, "config/pwfile"), "mlops_user:hash\n", { mode: 0o600 });
    await writeFile(join(home, "state/journal/segment"), Buffer.from([0, 1, 2, 255]));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const run = (script: string, ...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(join(home, "scripts", script), args, {
      encoding: "utf8",
      env: { PATH: process.env.PATH },
    });
    return { code: status, said: stderr, printed: stdout.trim() };
  };
  const backup = () => run("backup.sh", "--state", join(home, "state"));
  const text = (name: string) => readFile(join(home, name), "utf8");
  const mode = async (name: string) => ((await stat(join(home, name))).mode & 0o777).toString(8);

  it("puts back what was there, with its modes", async () => {
    const { code, printed } = backup();
    expect(code).toBe(0);
    expect(((await stat(printed)).mode & 0o777).toString(8)).toBe("700");
    for (const name of [".env", "secrets", "config", "state"]) await rm(join(home, name), { recursive: true });
    await mkdir(join(home, "config"));
    expect(run("restore.sh", printed, "--state", join(home, "state")).code).toBe(0);
    expect(await text(".env")).toBe("MQTT_PASSWORD=mine\n");
    expect(await text("secrets/mqtt_password")).toBe("mine");
    expect(await readFile(join(home, "state/journal/segment"))).toEqual(Buffer.from([0, 1, 2, 255]));
    expect(await Promise.all([".env", "config/pwfile"].map(mode))).toEqual(["600", "600"]);
  });

  it("says that rows are missing where their database stands in .env alone", async () => {
    expect(backup().said).not.toMatch(/WITHOUT ROWS/);
    await appendFile(join(home, ".env"), "INFLUXDB_URL=http://127.0.0.1:8086\n");
    expect(run("backup.sh", "--state", join(home, "state"), join(home, "other")).said).toMatch(
      /WITHOUT ROWS: .*environment/,
    );
  });

  it("overwrites nothing unless it is told to, and names all that is in the way", async () => {
    const { printed } = backup();
    await appendFile(join(home, ".env"), "X=1\n");
    await writeFile(join(home, "state/journal/segment"), "newer");
    const refused = run("restore.sh", printed, "--state", join(home, "state"));
    expect(refused.code).toBe(1);
    expect(refused.said).toMatch(/nothing was changed.*\n.*state is not empty\n *\.env differs\n.*--force/s);
    expect([await text(".env"), await text("state/journal/segment")]).toEqual(["MQTT_PASSWORD=mine\nX=1\n", "newer"]);
    await writeFile(join(home, "state/journal/later"), "");
    expect(run("restore.sh", printed, "--state", join(home, "state"), "--force").code).toBe(0);
    expect(await text(".env")).toBe("MQTT_PASSWORD=mine\n");
    expect(await readdir(join(home, "state/journal"))).toEqual(["segment"]);
  });

  it("refuses a backup with a bit that has changed, before it touches anything", async () => {
    const { printed } = backup();
    const path = join(printed, "state.tar");
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    const refused = run("restore.sh", printed, "--state", join(home, "elsewhere"));
    expect(refused).toMatchObject({ code: 1, said: expect.stringMatching(/state\.tar: FAILED.*is damaged/s) });
    expect(await readdir(home)).not.toContain("elsewhere");
  });

  it.each([
    [["backup.sh", "--state", "/nowhere"], 1, /no folder \/nowhere/],
    [["backup.sh", "--stat"], 2, /scripts\/backup\.sh/],
    [["backup.sh", "--state"], 1, /--state needs/],
    [["restore.sh"], 2, /scripts\/restore\.sh FOLDER/],
    [["restore.sh", "/nowhere"], 1, /holds no backup/],
  ] as const)("%j ends with %i", ([script, ...args], code, said) => {
    expect(run(script, ...args)).toMatchObject({ code, said: expect.stringMatching(said) });
  });

  it("does not write into a folder that holds something, nor mixes the two kinds", async () => {
    const { printed } = backup();
    expect(run("backup.sh", "--state", join(home, "state"), printed)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/not empty: name another folder/),
    });
    expect(run("restore.sh", printed)).toMatchObject({ code: 1, said: expect.stringMatching(/write --state DIR/) });
  });

  it("brings a history back that the program can read", async () => {
    const state = join(home, "state");
    await rm(state, { recursive: true });
    const replay = new Program({ STATE_DIR: state }, ["replay", RECORDING, "--pipeline", PIPELINE, "--live"]);
    expect((await replay.ended).code).toBe(0);
    const read = async (folder: string) => {
      const history = new Program({ STATE_DIR: folder }, ["history", "printer_1", "--format", "csv"]);
      expect((await history.ended).code).toBe(0);
      return history.stdout;
    };
    const before = await read(state);
    expect(before.split("\n").length).toBeGreaterThan(2);
    const { printed } = backup();
    await chmod(printed, 0o700);
    expect(run("restore.sh", printed, "--state", join(home, "other")).code).toBe(0);
    expect(await read(join(home, "other"))).toBe(before);
  });
});
