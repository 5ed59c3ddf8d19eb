import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { FATES, Fates, forgetFates, noteFate } from "./fates.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fates-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = new Date(0).toISOString();

it("knows the last that became of each letter; one that was refused is open", () => {
  noteFate(folder, ["a", "b"], { state: "refused", reason: "no such node" }, 0);
  noteFate(folder, ["b"], { state: "dropped" }, 0);
  const fates = Fates.read(folder);
  expect(fates.of("a")).toEqual({ state: "refused", reason: "no such node", at });
  expect(fates.of("b")).toEqual({ state: "dropped", at });
  expect(["a", "b", "c"].map((id) => fates.isOpen(id))).toEqual([true, false, true]);
});

it("counts the retries of one failure, whichever of its letters they were of", () => {
  noteFate(folder, ["a", "b"], { state: "retried" }, 0);
  noteFate(folder, ["a.2"], { state: "retried" }, 0);
  const fates = Fates.read(folder);
  expect(["a", "a.3", "b", "c"].map((id) => fates.retries(id))).toEqual([2, 2, 1, 0]);
  expect(fates.isOpen("a.3")).toBe(true);
});

it("forgets what was noted before a time, where that has become much", () => {
  noteFate(folder, ["a"], { state: "dropped" }, 1_000);
  noteFate(folder, ["b"], { state: "dropped" }, 2_000);
  const open = () => ["a", "b"].filter((id) => Fates.read(folder).isOpen(id));
  forgetFates(folder, 2_000);
  expect(open()).toEqual([]);
  forgetFates(folder, 2_000, 10);
  expect(open()).toEqual(["a"]);
  forgetFates(join(folder, "elsewhere"), 2_000, 10);
});

it("knows nothing where nothing was noted, and reads over half a line", async () => {
  expect(Fates.read(folder).of("a")).toBeUndefined();
  noteFate(folder, ["a"], { state: "dropped" }, 0);
  await appendFile(join(folder, FATES), '{"at":"1970-01-01T00:00:00.000Z","state":"drop');
  noteFate(folder, ["b"], { state: "dropped" }, 0);
  expect(["a", "b"].map((id) => Fates.read(folder).isOpen(id))).toEqual([false, false]);
});
