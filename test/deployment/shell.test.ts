import { expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { installed } from "../installed.js";

const FOLDER = "scripts";
const scripts = readdirSync(FOLDER).filter((name) => name.endsWith(".sh"));
const shellcheck = installed("shellcheck");
const held = shellcheck ? it : it.skip;

held.each(scripts)(`shellcheck finds nothing in ${FOLDER}/%s`, (name) => {
  const { status, stdout } = spawnSync(shellcheck!, ["--severity=style", `${FOLDER}/${name}`], { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});
