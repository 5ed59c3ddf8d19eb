import { expect, it } from "@jest/globals";
import { silentLog } from "../../contract/context.js";
import { partitionOf } from "../../record/partition.js";
import type { LeftState } from "../share.js";
import { StatesByPartition } from "./by-partition.js";
import { type Entry, type Header, type OwnEntry, VERSION } from "./checkpoint.js";

const FENCED = new Error("someone else has it");

/** What is kept of two partitions, and how often each was saved. */
class Kept {
  readonly states: (Uint8Array | undefined)[] = [undefined, undefined];
  readonly saves = [0, 0];
  readonly lost = new Set<number>();
  readonly refuse = new Map<number, Error>();

  open(...partitions: number[]): StatesByPartition {
    const claims = partitions.map((partition) => {
      const save = (state: Uint8Array): Promise<void> => {
        const refusal = this.refuse.get(partition);
        if (refusal) return Promise.reject(refusal);
        this.states[partition] = state;
        this.saves[partition]!++;
        return Promise.resolve();
      };
      return [partition, { state: this.states[partition], save }] as const;
    });
    const isFenced = (cause: unknown): boolean => cause === FENCED;
    const owns = (partition: number): boolean => !this.lost.has(partition);
    const given = { pipeline: "p", claims: new Map(claims), partitions: 2, owns, isFenced, log: silentLog };
    return new StatesByPartition(given);
  }
}

const header = (epoch: number, ...offsets: number[]): Header => ({
  version: VERSION,
  pipeline: "p",
  epoch,
  taken_at: "2026-01-01T00:00:00Z",
  offsets: { in: offsets },
  nodes: {},
});
const KEYS = ["a", "b", "line\nfeed", "\u2028", "ü"];
const ENTRIES = KEYS.map((key): Entry => ["count", "counts", key, { n: key.length }]);

async function save(states: StatesByPartition, head: Header, entries: readonly (Entry | OwnEntry)[]): Promise<void> {
  const writer = await states.begin(head);
  for (const entry of entries) writer.line(entry);
  await writer.finish();
}

async function entriesOf(left: LeftState): Promise<(Entry | OwnEntry)[]> {
  const entries: (Entry | OwnEntry)[] = [];
  for await (const entry of left.entries()) entries.push(entry);
  return entries;
}

it("gives each partition its keys, and what is of no key to all of them", async () => {
  const kept = new Kept();
  await save(kept.open(0, 1), header(1, 5, 6), [["control", 17], ...ENTRIES]);
  for (const partition of [0, 1]) {
    const [left, ...others] = await kept.open(partition).load();
    expect(others).toEqual([]);
    expect(left).toMatchObject({ header: header(1, 5, 6), partitions: new Set([partition]) });
    const ours = ENTRIES.filter(([, , key]) => partitionOf(key, 2) === partition);
    expect(await entriesOf(left!)).toEqual([["control", 17], ...ours]);
  }
});

it("has nothing of a partition that nobody had before", async () => {
  expect(await new Kept().open(0, 1).load()).toEqual([]);
});

it("leaves a partition as it is where nothing came in it, in this run or since the one before", async () => {
  const kept = new Kept();
  const states = kept.open(0, 1);
  await save(states, header(1, 5, 6), ENTRIES);
  await save(states, header(2, 5, 7), ENTRIES);
  expect(kept.saves).toEqual([1, 2]);
  const next = kept.open(0, 1);
  await next.load();
  await save(next, header(3, 5, 7), ENTRIES);
  expect(kept.saves).toEqual([1, 2]);
});

it("keeps the others where someone else has one of them", async () => {
  const kept = new Kept();
  kept.refuse.set(0, FENCED);
  await save(kept.open(0, 1), header(1, 5, 6), ENTRIES);
  expect(kept.saves).toEqual([0, 1]);
});

it("does not ask where it knows that a partition is lost", async () => {
  const kept = new Kept();
  kept.lost.add(1);
  kept.refuse.set(1, new Error("no answer"));
  await save(kept.open(0, 1), header(1, 5, 6), ENTRIES);
  expect(kept.saves).toEqual([1, 0]);
});

it("fails where one could not be kept, and saves it the next time", async () => {
  const kept = new Kept();
  const states = kept.open(0, 1);
  kept.refuse.set(1, new Error("no answer"));
  await expect(save(states, header(1, 5, 6), ENTRIES)).rejects.toThrow("no answer");
  kept.refuse.clear();
  await save(states, header(2, 5, 6), ENTRIES);
  expect(kept.saves).toEqual([1, 1]);
});

it("refuses the state of another version", async () => {
  const kept = new Kept();
  await save(kept.open(0, 1), { ...header(1, 5, 6), version: 99 }, ENTRIES);
  await expect(kept.open(0).load()).rejects.toThrow('partition 0 of "p" is of version 99');
});
