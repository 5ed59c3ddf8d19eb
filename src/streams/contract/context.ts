import { VirtualTimeScheduler } from "rxjs";
import type { Context, Log, Rejection, ResourceKey } from "../component/context.js";
import { ConfigError } from "../component/errors.js";
import { Positions } from "../record/partition.js";
import type { RecordType } from "../record/record-type.js";
import { reading } from "../record/record-type.js";
import { clockOf } from "../time/clock.js";

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** One thing a test lends to a component. */
export function provide<T>(key: ResourceKey<T>, value: T): readonly [ResourceKey<unknown>, unknown] {
  return [key, value];
}

interface Given extends Partial<Omit<Context, "inputs" | "resource" | "reject">> {
  readonly resources?: readonly (readonly [ResourceKey<unknown>, unknown])[];
  readonly inputs?: readonly RecordType[];
  /** Rejections end up here. */
  readonly rejected?: Rejection[];
}

/** A context for a component under test: a clock that stands still, a log that is silent, what else the test lends. */
export function contextFor(given: Given = {}): Context {
  const { resources = [], inputs = [reading], rejected = [], ...rest } = given;
  const lent = new Map<ResourceKey<unknown>, unknown>(resources);
  return {
    pipeline: "test",
    node: "node",
    clock: clockOf(new VirtualTimeScheduler()),
    log: silentLog,
    demand: { fields: "all", samples: true },
    positions: new Positions(given.node ?? "node", 4),
    live: false,
    ...rest,
    inputs: inputs.map((type, i) => ({ node: `input-${i}`, type })),
    resource<T>(key: ResourceKey<T>): T {
      if (!lent.has(key)) throw new ConfigError(`no ${key.name}: ${key.mend}`);
      return lent.get(key) as T;
    },
    reject: (rejection) => void rejected.push(rejection),
  };
}
