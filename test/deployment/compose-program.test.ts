import { expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** Compose itself needs no engine to put the files together. */
const ways: readonly (readonly string[])[] = [["docker", "compose"], ["docker-compose"]];
const [program, ...first] = ways.find(([command, ...args]) => run(command!, [...args, "version"]).status === 0) ?? [];
if (program === undefined)
  process.stderr.write("SKIPPED, DOCKER COMPOSE IS NOT INSTALLED: the files are held to its schema alone\n");

function run(command: string, args: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, STACK_UID: "1000", STACK_GID: "1000" };
  return spawnSync(command, args, { encoding: "utf8", env });
}

/** The files as Compose understands them, with a folder's .env or none. */
function understood(args: readonly string[]): Record<string, unknown> {
  const { status, stdout, stderr } = run(program!, [...first, "--env-file", "/dev/null", ...args, "config"]);
  expect([stderr, status]).toEqual(["", 0]);
  return (parse(stdout) as { services: Record<string, unknown> }).services;
}

(program === undefined ? it.skip : it)(
  "Compose makes the same of the file at the root and of the one that it takes from",
  () => {
    const root = understood(["--profile", "nats"]);
    const own = understood(["--profile", "nats", "-f", "docker/compose.yaml"]);
    expect(Object.keys(root).sort()).toEqual(Object.keys(own).sort());
    expect(Object.keys(root)).toHaveLength(readFileSync("compose.yaml", "utf8").match(/extends:/g)!.length);
    // Of mounts, ports and secrets no one comes first, and what a service was extended from says nothing of what it is.
    const plain = (services: Record<string, unknown>) =>
      JSON.parse(
        JSON.stringify(services, (key, value: unknown) => {
          if (key === "extends") return undefined;
          return ["volumes", "ports", "secrets"].includes(key) && Array.isArray(value)
            ? value.map((each) => JSON.stringify(each)).sort()
            : value;
        }),
      ) as object;
    expect(plain(root)).toEqual(plain(own));
  },
);
