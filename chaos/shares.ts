import { setTimeout as pause } from "node:timers/promises";
import { partitionOf } from "../src/streams/record/partition.js";
import type { LogLine, Program } from "../test/program.js";
import type { Farm } from "./farm.js";
import type { Instance } from "./instance.js";

/** The group that instances of one place are in. */
export const GROUP = "chaos";
/** Who has which partition of its pipeline. */
export const LEASES = `${GROUP}-quality`;
/** How many they share. */
const PARTITIONS = 64;
const LOOK_EVERY = 100;
const TOOK = "took a partition";
const GIVEN: ReadonlySet<string> = new Set(["lost a partition", "gave a partition away"]);

/** The partitions that a process has by its own log. */
export function partitionsOf(program: Program): ReadonlySet<number> {
  const held = new Set<number>();
  for (const line of program.log) {
    const change = changeOf(line);
    if (change?.how === "took") held.add(change.partition);
    if (change?.how === "lost") held.delete(change.partition);
  }
  return held;
}

/** How many each has, the largest share first: `22/21/21`. */
export function sharesText(instances: readonly Instance[]): string {
  return sharesOf(instances).join("/");
}

/** What it is when they are shared evenly among so many. */
export function evenShares(members: number): string {
  return Array.from({ length: members }, (_, i) => Math.floor((PARTITIONS + members - 1 - i) / members)).join("/");
}

/** Resolves when these have all partitions in even shares, or after `within` ms; with how many ms that took. */
export async function shared(instances: readonly Instance[], within: number): Promise<number> {
  const began = performance.now();
  const even = evenShares(instances.length);
  while (sharesText(instances) !== even && performance.now() - began < within) await pause(LOOK_EVERY);
  return performance.now() - began;
}

/** When these partitions had all been taken by someone of them since `since`, ms since the epoch; undefined where some were not. */
export function takenAt(
  partitions: ReadonlySet<number>,
  instances: readonly Instance[],
  since: number,
): number | undefined {
  const at = new Map<number, number>();
  for (const { program } of instances) {
    for (const line of program.log) {
      const change = changeOf(line);
      const time = timeOf(line);
      if (change?.how !== "took" || time < since) continue;
      at.set(change.partition, Math.min(time, at.get(change.partition) ?? Infinity));
    }
  }
  const times = [...partitions].map((partition) => at.get(partition) ?? Infinity);
  const last = Math.max(since, ...times);
  return last === Infinity ? undefined : last;
}

/** Whether a printer of a farm is worked on by whoever has one of these partitions. */
export function printersIn(partitions: ReadonlySet<number>, farm: Farm): (printer: number) => boolean {
  return (printer) => partitions.has(partitionOf(farm.name(printer), PARTITIONS));
}

/** Whether a process has, by its own log, the lease of the one that reads MQTT for all. */
export function readsMqtt({ log }: Program): boolean {
  return log
    .filter(({ group }) => String(group).startsWith("intake-"))
    .reduce((reads, { message }) => message === TOOK || (reads && !GIVEN.has(message)), false);
}

/** Whether it works on partitions of the group, or has done so. */
export function hasWorked(program: Program): boolean {
  return program.logged("working on partitions").some(({ group }) => group === LEASES);
}

/** When a line was logged, ms since the epoch. */
export function timeOf({ time }: LogLine): number {
  return Date.parse(String(time));
}

function sharesOf(instances: readonly Instance[]): number[] {
  return instances.map(({ program }) => partitionsOf(program).size).sort((a, b) => b - a);
}

/** The lease for reading MQTT is of a group of its own. */
function changeOf({ message, partition, group }: LogLine): { how: "took" | "lost"; partition: number } | undefined {
  if (group !== LEASES) return undefined;
  if (message === TOOK) return { how: "took", partition: Number(partition) };
  return GIVEN.has(message) ? { how: "lost", partition: Number(partition) } : undefined;
}
