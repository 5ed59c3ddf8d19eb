import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { OffsetsFile } from "./offsets-file.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offsets-"));
  path = join(folder, "views");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("gives back what was written last", async () => {
  const file = new OffsetsFile(path);
  expect(file.offsets).toBeUndefined();
  for (const n of [1, 2, 3]) {
    await file.write([n, 10 * n]);
    expect(new OffsetsFile(path).offsets).toEqual([n, 10 * n]);
  }
});

it("has the one before where a write was cut short anywhere", async () => {
  const file = new OffsetsFile(path);
  await file.write([1, 1]);
  await file.write([2, 2]);
  const before = readFileSync(`${path}.1`);
  await file.write([3_000, 3_000]);
  const after = readFileSync(`${path}.1`);
  expect(after.length).toBe(before.length);
  for (let cut = 0; cut < 40; cut++) {
    const torn = Buffer.concat([after.subarray(0, cut), before.subarray(cut)]);
    writeFileSync(`${path}.1`, torn);
    expect(new OffsetsFile(path).offsets).toEqual(torn.equals(after) ? [3_000, 3_000] : [2, 2]);
  }
});

it("takes offsets of any number of partitions", async () => {
  const many = Array.from({ length: 5_000 }, (_, i) => i * 1e9);
  const file = new OffsetsFile(path);
  await file.write([1]);
  await file.write(many);
  expect(new OffsetsFile(path).offsets).toEqual(many);
});
