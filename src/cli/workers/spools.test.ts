import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { silentLog } from "../../streams/contract/context.js";
import { Spool } from "../../streams/runtime/spool/spool.js";
import { systemClock } from "../../streams/time/clock.js";
import type { Topology } from "../../streams/topology/topology.js";
import { gatherSpools } from "./spools.js";

const BYTES = 1024 * 1024;
const buffer = () => ({ size: 1, wait: 0, limit: 1, overflow: "block", spool: BYTES });
const farm = {
  name: "farm",
  nodes: [{ name: "influxdb", definition: { role: "sink", buffer }, options: {} }],
} as unknown as Topology;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "spools-"));
});
afterEach(() => rm(folder, { recursive: true }));

const open = (layout: string) =>
  Spool.open({
    folder: join(folder, layout),
    pipeline: "farm",
    node: "influxdb",
    bytes: BYTES,
    overflow: "block",
    log: silentLog,
    clock: systemClock,
  });

/** Leaves pages of two records each. */
async function leave(layout: string, ...contents: string[]): Promise<void> {
  const spool = await open(layout);
  spool.append(contents.map((content) => ({ count: 2, text: JSON.stringify(content) })));
  await spool.close();
}

/** What a run finds there, and how many records that are. */
async function found(layout: string): Promise<[unknown[], number]> {
  const spool = await open(layout);
  const { unread } = spool;
  const contents: unknown[] = [];
  while (spool.unread > 0) contents.push(...(await spool.read()));
  await spool.close();
  return [contents, unread];
}

it("brings what workers left to a run without", async () => {
  await leave("", "own");
  await leave(".0-of-2", "a", "b");
  await leave(".1-of-2", "c");
  await gatherSpools(folder, [farm], 1, silentLog);
  expect(await found("")).toEqual([["own", "a", "b", "c"], 8]);
  expect(await readdir(join(folder, ".0-of-2", "farm"))).toEqual([]);
});

it("brings what others left to the first worker, and leaves each worker its own", async () => {
  await leave("", "whole");
  await leave(".0-of-3", "a");
  await leave(".1-of-2", "second");
  await gatherSpools(folder, [farm], 2, silentLog);
  expect(await found(".0-of-2")).toEqual([["whole", "a"], 4]);
  expect(await found(".1-of-2")).toEqual([["second"], 2]);
});

it("makes nothing where nothing was left", async () => {
  await gatherSpools(folder, [farm], 2, silentLog);
  expect(await readdir(folder)).toEqual([]);
});
