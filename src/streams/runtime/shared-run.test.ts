import { expect, it } from "@jest/globals";
import type { RecordOperator } from "../component/definition.js";
import { ConfigError } from "../component/errors.js";
import { silentLog } from "../contract/context.js";
import { Commons } from "../contract/commons.js";
import { Keeping, operatorNode, sinkNode, topologyOf } from "../contract/graph.js";
import { Tap } from "../contract/tap.js";
import { derive, type StreamRecord } from "../record/record.js";
import { systemClock } from "../time/clock.js";
import { KeyedState, plainCodec } from "../time/keyed-state.js";
import { Run } from "./run.js";

/** Counts the records of each key. */
function counter(): RecordOperator<unknown, { n: number }> {
  const counts = new KeyedState<{ n: number }>(() => ({ n: 0 }), { codec: plainCodec() });
  return {
    process(record, output) {
      const count = counts.of(record.key);
      output.emit(derive(record, { n: ++count.n }));
    },
    state: { counts },
  };
}

async function begin(commons: Commons, partitions: readonly number[], sink: Keeping, options: object = {}) {
  const counting = operatorNode("count", ["in"], counter(), { stateful: true });
  const topology = topologyOf(new Tap().node("in"), { ...counting, options }, sinkNode("out", ["count"], sink));
  const share = { share: commons.share(partitions), interval: 20 };
  const run = new Run({ topologies: [topology], log: silentLog, live: true, share });
  await run.open();
  const done = run.start();
  return {
    async stop() {
      await run.stop();
      await done;
    },
  };
}

const counts = ({ records }: Keeping) =>
  records.map(({ key, value }: StreamRecord) => `${key} ${(value as { n: number }).n}`);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(5);
}

/** Of eight partitions: a is in 4, b in 5, c in 2. */
const ALL = [0, 1, 2, 3, 4, 5, 6, 7];

it("works on its own partitions and leaves the others alone", async () => {
  const [commons, sink, other] = [new Commons(8), new Keeping(), new Keeping()];
  const first = await begin(commons, [4, 2], sink);
  const second = await begin(commons, [5], other);
  commons.give("test.in", "a", "b", "c", "a");
  await until(() => sink.records.length === 3 && other.records.length === 1);
  await first.stop();
  await second.stop();
  expect(counts(sink).sort()).toEqual(["a 1", "a 2", "c 1"]);
  expect(counts(other)).toEqual(["b 1"]);
});

it("goes on with each partition where whoever had it left it, and with what came meanwhile", async () => {
  const [commons, before, after] = [new Commons(8), new Keeping(), new Keeping()];
  const runs = [await begin(commons, [4], before), await begin(commons, [5, 2], before)];
  commons.give("test.in", "a", "b", "c", "a");
  await until(() => before.records.length === 4);
  for (const run of runs) await run.stop();
  commons.give("test.in", "a", "c");
  const next = await begin(commons, ALL, after);
  commons.give("test.in", "b");
  await until(() => after.records.length === 3);
  await next.stop();
  expect(counts(after).sort()).toEqual(["a 3", "b 2", "c 2"]);
});

it("takes checkpoints while it catches up, so that not everything is done again", async () => {
  const [commons, before, after] = [new Commons(8), new Keeping(), new Keeping()];
  commons.give("test.in", ...new Array<string>(1000).fill("a"));
  commons.stall("test.in", 500);
  const slow = await begin(commons, ALL, before);
  await until(() => commons.checkpoints > 0 && before.records.length === 500);
  await slow.stop();
  commons.stall("test.in", Infinity);
  const next = await begin(commons, ALL, after);
  await until(() => after.records.length === 500);
  await next.stop();
  expect(counts(after).at(0)).toBe("a 501");
});

it("leaves nothing for a partition that it lost", async () => {
  const [commons, before, after] = [new Commons(8), new Keeping(), new Keeping()];
  const frozen = await begin(commons, [4, 5], before);
  commons.take(4);
  commons.give("test.in", "a", "b");
  await until(() => before.records.length === 2);
  await frozen.stop();
  const next = await begin(commons, [4, 5], after);
  commons.give("test.in", "b");
  await until(() => after.records.length === 2);
  await next.stop();
  expect(counts(after).sort()).toEqual(["a 1", "b 2"]);
});

it("refuses what was left by a graph of another make", async () => {
  const [commons, sink] = [new Commons(8), new Keeping()];
  const run = await begin(commons, ALL, sink);
  commons.give("test.in", "a");
  await until(() => sink.records.length === 1);
  await run.stop();
  const edited = begin(commons, ALL, sink, { by: 2 });
  await expect(edited).rejects.toThrow(ConfigError);
  await expect(edited).rejects.toThrow(/node "count" \(.*\): by was not set and is 2\nUndo the edit; or give/);
});
