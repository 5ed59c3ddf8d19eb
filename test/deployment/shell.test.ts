import { expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { installed } from "../installed.js";

const FOLDER = "scripts";
const scripts = readdirSync(FOLDER).filter((name) => name.endsWith(".sh"));
const shellcheck = installed("shellcheck");
const held = shellcheck ? it : it.skip;

held.each(scripts)(`shellcheck finds nothing in ${FOLDER}/%s`, (name) => {
  const { status, stdout } = spawnSync(shellcheck!, ["--external-sources", "--severity=style", `${FOLDER}/${name}`], {
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

it("scripts use the broker's image of the stack, which is there anyway", () => {
  const image = /^ {4}image: (eclipse-mosquitto:.*)$/m.exec(readFileSync("docker/compose.yaml", "utf8"))?.[1];
  const named = scripts.flatMap((name) => {
    const text = readFileSync(`${FOLDER}/${name}`, "utf8");
    return [...text.matchAll(/^IMAGE=(\S+)/gm)].map(([, found]) => [name, found]);
  });
  expect(named.length).toBeGreaterThan(0);
  expect(named).toEqual(named.map(([name]) => [name, image]));
});
