import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { silentLog } from "../../contract/context.js";
import { partitionOf } from "../../record/partition.js";
import type { LeftState } from "../share.js";
import { VERSION } from "./checkpoint.js";
import type { CheckpointFiles } from "./file.js";
import { Layout } from "./layout.js";
import { leftOfAll, leftOfSources, leftStates, offsetsOf } from "./left-states.js";

const COUNT = 4;
/** One in each partition. */
const KEYS = Array.from({ length: COUNT }, (_, p) => {
  for (let i = 0; ; i++) if (partitionOf(`p${i}`, COUNT) === p) return `p${i}`;
});
const wanted = { pipeline: "farm", sources: ["in"], count: COUNT, log: silentLog };

let folder: string;
let layout: Layout;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "left-"));
  layout = new Layout(folder);
});
afterEach(() => rm(folder, { recursive: true }));

/** A checkpoint with an entry of each key in the node `count`, and one of the source, that say who wrote it. */
async function write(
  files: CheckpointFiles,
  by: string,
  offsets: readonly number[],
  { epoch = 1, partitions, taken_at = "" }: { epoch?: number; partitions?: readonly number[]; taken_at?: string } = {},
): Promise<void> {
  const header = { version: VERSION, pipeline: "farm", epoch, taken_at, offsets: { in: offsets }, nodes: {} };
  const writer = await files.begin({ ...header, ...(partitions && { partitions }) });
  writer.line(["sink", by]);
  for (const key of KEYS) for (const node of ["count", "in"]) writer.line([node, "state", key, by]);
  await writer.finish();
}

/** Who wrote what is put back last into a node, by partition. */
async function saidOf(left: readonly LeftState[], node: string): Promise<unknown[]> {
  const said: unknown[] = new Array(COUNT).fill(undefined);
  for (const { entries } of left)
    for await (const entry of entries())
      if (entry[0] === node && entry.length === 4) said[partitionOf(entry[2], COUNT)] = entry[3];
  return said;
}

const all = new Set([0, 1, 2, 3]);
const of = async (partitions: ReadonlySet<number> = all) => leftStates(await layout.parts(), partitions, wanted);

describe("what was left", () => {
  it("is nothing where nobody was", async () => {
    expect(await of()).toEqual([]);
    expect(await leftOfAll(layout, wanted)).toEqual([]);
    expect(await leftOfSources(layout, wanted)).toEqual([]);
  });

  it("is of each partition what came furthest in it", async () => {
    await write(layout.whole, "whole", [5, 5, 5, 5]);
    await write(layout.worker(0, 2), "first", [9, 0, 3, 0], { partitions: [0, 2] });
    await write(layout.worker(1, 2), "second", [0, 7, 0, 6], { partitions: [1, 3] });
    const left = await of();
    expect(await saidOf(left, "count")).toEqual(["first", "second", "whole", "second"]);
    expect(offsetsOf("in", left, [0, 0, 0, 0])).toEqual([9, 7, 5, 6]);
    expect(offsetsOf("other", left, [1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
  });

  it("has no keys but those of the partitions that are wanted", async () => {
    await write(layout.whole, "whole", [5, 5, 5, 5]);
    expect(await saidOf(await of(new Set([1])), "count")).toEqual([undefined, "whole", undefined, undefined]);
  });

  it("is the later of two that are level", async () => {
    await write(layout.worker(0, 2), "early", [5, 5, 5, 5], { taken_at: "2026-01-01" });
    await write(layout.worker(0, 3), "late", [5, 5, 5, 5], { taken_at: "2026-01-02" });
    expect(await saidOf(await of(), "count")).toEqual(["late", "late", "late", "late"]);
  });

  it("leaves out what fellow workers write at this moment", async () => {
    await write(layout.worker(1, 2), "fellow", [9, 9, 9, 9]);
    await write(layout.worker(0, 2), "own", [5, 5, 5, 5]);
    const parts = await layout.parts({ index: 0, workers: 2 });
    expect(await saidOf(await leftStates(parts, all, wanted), "count")).toEqual(["own", "own", "own", "own"]);
  });

  it("has the state of the sources from whoever read them last", async () => {
    await write(layout.whole, "whole", [5, 5, 5, 5]);
    await write(layout.sources, "apart", [8, 8, 8, 8]);
    await write(layout.worker(0, 1), "worker", [7, 7, 7, 7]);
    const left = await leftOfAll(layout, wanted);
    expect(await saidOf(left, "in")).toEqual(["apart", "apart", "apart", "apart"]);
    expect(offsetsOf("in", left, [0, 0, 0, 0])).toEqual([7, 7, 7, 7]);
    expect(await saidOf(await leftOfSources(layout, wanted), "in")).toEqual(["apart", "apart", "apart", "apart"]);
    await write(layout.whole, "again", [9, 9, 9, 9], { epoch: 2 });
    expect(await saidOf(await leftOfAll(layout, wanted), "in")).toEqual(["again", "again", "again", "again"]);
    expect(await saidOf(await leftOfSources(layout, wanted), "in")).toEqual(["again", "again", "again", "again"]);
  });
});

describe("a layout", () => {
  it("forgets other numbers of workers, and keeps what was set aside", async () => {
    await write(layout.whole, "whole", [1]);
    await write(layout.sources, "apart", [1]);
    for (const workers of [2, 3]) await write(layout.worker(0, workers), "worker", [1]);
    await write(layout.worker(1, 3), "worker", [1]);
    await layout.worker(1, 3).setAside(1);
    await layout.keepOnly(2);
    expect((await readdir(folder)).sort()).toEqual(["0-of-2", "1-of-3", "sources"]);
    expect(await readdir(layout.worker(1, 3).folder)).toEqual(["1.broken"]);
  });

  it("forgets workers with the first checkpoint of a run without, and not before", async () => {
    await write(layout.sources, "apart", [1]);
    await write(layout.worker(0, 2), "worker", [1]);
    const files = await layout.instead();
    const writer = await files.begin({
      version: VERSION,
      pipeline: "farm",
      epoch: 7,
      taken_at: "",
      offsets: {},
      nodes: {},
    });
    expect((await readdir(folder)).sort()).toEqual(["0-of-2", "7.checkpoint.part", "sources"]);
    await writer.finish();
    expect(await readdir(folder)).toEqual(["7.checkpoint"]);
    expect(await layout.epoch()).toBe(7);
  });
});
