import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { putFile } from "./whole-file.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "whole-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("puts a file in its place, again and again, and leaves nothing beside it", () => {
  for (const text of ["one\n", "", "three\n"]) {
    putFile(join(folder, "name"), text);
    expect(readFileSync(join(folder, "name"), "utf8")).toBe(text);
  }
  expect(readdirSync(folder)).toEqual(["name"]);
});

it("throws where there is no such folder", () => {
  expect(() => putFile(join(folder, "nowhere", "name"), "text")).toThrow(/ENOENT/);
});
