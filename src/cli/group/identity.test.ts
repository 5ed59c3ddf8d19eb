import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instanceName, isPredecessor, memberName } from "./identity.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "identity-"))));
afterEach(() => rmSync(folder, { recursive: true }));

it("names an instance once, and each of its processes anew", () => {
  const name = instanceName(folder);
  expect(instanceName(folder)).toBe(name);
  const [one, other] = [memberName(name), memberName(name)];
  expect(one).not.toBe(other);
  expect(isPredecessor(one, other)).toBe(true);
  expect(isPredecessor(one, one)).toBe(false);
});

it("takes no other instance for a predecessor", () => {
  expect(isPredecessor(memberName("hall-1-aaaaaa"), memberName("hall-1-bbbbbb"))).toBe(false);
  expect(isPredecessor(memberName("hall"), memberName("hall-1"))).toBe(false);
});

it("says which file holds what is no name", () => {
  writeFileSync(join(folder, "instance"), "hall 1\n");
  expect(() => instanceName(folder)).toThrow(`${join(folder, "instance")} holds "hall 1", which is no name`);
});
