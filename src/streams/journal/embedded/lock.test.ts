import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { ConfigError } from "../../component/errors.js";
import { lock, lockedBy, startOf } from "./lock.js";

let folder: string;
let other: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
});
afterEach(async () => {
  if (other && other.exitCode === null && other.signalCode === null) {
    const ended = once(other, "exit");
    other.kill("SIGKILL");
    await ended;
  }
  rmSync(folder, { recursive: true });
});

/** Gives our lock to another process, as if that had made it. */
async function handOver(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log('up')"]);
  await once(child.stdout, "data");
  const [name] = readdirSync(folder);
  const parts = name!.split(".");
  renameSync(join(folder, name!), join(folder, ["lock", child.pid, startOf(child.pid!), parts[3]].join(".")));
  return child;
}

it("lets one in at a time, and the next when that has gone", () => {
  const unlock = lock(folder);
  expect(() => lock(folder)).toThrow(/is open in this very process already/);
  expect(lockedBy(folder)).toBe(process.pid);
  unlock();
  expect(lockedBy(folder)).toBeUndefined();
  lock(folder)();
  expect(readdirSync(folder)).toEqual([]);
});

it("names the folder and the process that has it", async () => {
  lock(folder);
  other = await handOver();
  expect(() => lock(folder)).toThrow(ConfigError);
  expect(() => lock(folder)).toThrow(`${folder} is in use by process ${other.pid}: stop that first`);
  expect(readdirSync(folder)).toHaveLength(1);
});

it("takes over from a process that was killed", async () => {
  lock(folder);
  other = await handOver();
  const ended = once(other, "exit");
  other.kill("SIGKILL");
  await ended;
  expect(lockedBy(folder)).toBeUndefined();
  const unlock = lock(folder);
  expect(readdirSync(folder)).toHaveLength(1);
  unlock();
});

it("does not take another process of the same id for the owner", () => {
  lock(folder);
  const [name] = readdirSync(folder);
  const [, pid, start, boot] = name!.split(".");
  renameSync(join(folder, name!), join(folder, `lock.${pid}.${Number(start) + 1}.${boot}`));
  lock(folder)();
  expect(readdirSync(folder)).toEqual([]);
});
