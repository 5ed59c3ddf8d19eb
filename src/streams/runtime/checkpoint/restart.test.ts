import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordOperator } from "../../component/definition.js";
import { ConfigError } from "../../component/errors.js";
import { silentLog } from "../../contract/context.js";
import { Keeping, operatorNode, sinkNode, topologyOf } from "../../contract/graph.js";
import { Tap } from "../../contract/tap.js";
import { openEmbeddedStream } from "../../journal/embedded/open.js";
import { derive, type StreamRecord, type TimeMark } from "../../record/record.js";
import { systemClock } from "../../time/clock.js";
import { type Codec, KeyedState, plainCodec } from "../../time/keyed-state.js";
import { Run } from "../run.js";
import { CheckpointFiles } from "./file.js";
import type { Persistence } from "./take-up.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "restart-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Counts the records of each key; at the end of its input it would give out what it holds. */
function counter(codec: Codec<{ n: number }> = plainCodec()): RecordOperator<{ n: number }, { n: number }> {
  const counts = new KeyedState<{ n: number }>(() => ({ n: 0 }), { codec });
  return {
    process(record, output) {
      const count = counts.of(record.key);
      count.n += record.value.n;
      output.emit(derive(record, { n: count.n }));
    },
    flush: (output) => {
      for (const [key, { n }] of counts) output.emit({ key, eventTime: 0, value: { n: -n }, position: NOWHERE });
    },
    state: { counts },
  };
}

const NOWHERE = { stream: "", partition: 0, offset: 0 };

interface More {
  readonly reset?: Persistence["reset"];
  readonly options?: object;
  readonly codec?: Codec<{ n: number }>;
  /** ms */
  readonly idle?: number;
  readonly marks?: string[];
}

function graph(tap: Tap, sink: Keeping, { options = {}, codec, idle, marks = [] }: More) {
  const advance = ({ key, cause }: TimeMark) => void marks.push(`${key} ${cause}`);
  const counting = operatorNode("count", ["in"], { ...counter(codec), advance }, { stateful: true });
  return topologyOf(
    tap.node("in", {}, idle === undefined ? {} : { idle }),
    { ...counting, options },
    sinkNode("out", ["count"], sink),
  );
}

async function begin(tap: Tap, sink: Keeping, more: More = {}) {
  const keep: Persistence = {
    journal: (name, as, partitions) =>
      openEmbeddedStream({ folder: join(folder, "journal"), name, as, partitions, log: silentLog, clock: systemClock }),
    checkpoints: join(folder, "checkpoints"),
    interval: 20,
    ...(more.reset && { reset: more.reset }),
  };
  const run = new Run({ topologies: [graph(tap, sink, more)], log: silentLog, live: true, keep });
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

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(5);
}

it("goes on where the run before was stopped, with what its nodes held", async () => {
  const [tap, sink] = [new Tap(), new Keeping()];
  const first = await begin(tap, sink);
  tap.give("a", "b", "a");
  await until(() => sink.records.length === 3);
  await first.stop();
  const second = await begin(tap, sink);
  tap.give("a", "c");
  await until(() => sink.records.length === 5);
  await second.stop();
  expect(counts(sink)).toEqual(["a 1", "b 1", "a 2", "a 3", "c 1"]);
});

it("takes checkpoints while records flow, and keeps two", async () => {
  const [tap, sink] = [new Tap(), new Keeping()];
  const run = await begin(tap, sink);
  const seen = new Set<string>();
  await until(async () => {
    tap.give("a");
    for (const name of await readdir(join(folder, "checkpoints", "test")).catch(() => [])) seen.add(name);
    return [...seen].filter((name) => name.endsWith(".checkpoint")).length >= 4;
  });
  await run.stop();
  expect((await readdir(join(folder, "checkpoints", "test"))).length).toBe(2);
});

it("acknowledges what the journal has, and goes through it again where there is no checkpoint", async () => {
  const [tap, sink] = [new Tap(), new Keeping()];
  const first = await begin(tap, sink);
  tap.give("a", "b");
  await until(() => tap.acknowledged.length === 2);
  await first.stop();
  await rm(join(folder, "checkpoints"), { recursive: true });
  const again = new Keeping();
  const second = await begin(new Tap(), again);
  await until(() => again.records.length === 2);
  await second.stop();
  expect(counts(again)).toEqual(["a 1", "b 1"]);
});

it("refuses a graph whose edited node cannot take the old state, and says how to go on", async () => {
  const tap = new Tap();
  const first = await begin(tap, new Keeping(), { options: { size: 1 } });
  tap.give("a");
  await until(() => tap.acknowledged.length === 1);
  await first.stop();
  await expect(begin(tap, new Keeping(), { options: { size: 2 } })).rejects.toThrow(
    /node "count" \(count\): size was 1 and is 2[^]*--reset-state begin/,
  );
});

it("refuses state that a node cannot take, with the reason of the node", async () => {
  const tap = new Tap();
  const first = await begin(tap, new Keeping());
  tap.give("a");
  await until(() => tap.acknowledged.length === 1);
  await first.stop();
  const wanting: Codec<{ n: number }> = {
    save: ({ n }) => n,
    load() {
      throw new ConfigError("its samples were kept with a, and now b is wanted behind it");
    },
  };
  await expect(begin(tap, new Keeping(), { codec: wanting })).rejects.toThrow(
    /node "count" cannot take the state that it was left in: its samples .* behind it\nUndo the edit; or start once/,
  );
});

it.each([
  ["begin", ["a 1", "b 1"]],
  ["end", ["b 1"]],
] as const)("forgets the old state with reset %s", async (reset, expected) => {
  const tap = new Tap();
  const first = await begin(tap, new Keeping(), { options: { size: 1 } });
  tap.give("a");
  await until(() => tap.acknowledged.length === 1);
  await first.stop();
  const sink = new Keeping();
  const second = await begin(tap, sink, { options: { size: 2 }, reset });
  tap.give("b");
  await until(() => sink.records.length === expected.length);
  await second.stop();
  expect(counts(sink)).toEqual(expected);
});

it("closes what a printer left open that fell silent in the run before", async () => {
  const tap = new Tap();
  const marks: string[] = [];
  const first = await begin(tap, new Keeping(), { idle: 200, marks });
  tap.give("a");
  await until(() => tap.acknowledged.length === 1);
  await first.stop();
  const second = await begin(tap, new Keeping(), { idle: 200, marks });
  await until(() => marks.length > 0);
  await second.stop();
  expect(marks).toEqual(["a idle"]);
});

it("works through the journal where no checkpoint can be read, and keeps the next one", async () => {
  const tap = new Tap();
  const first = await begin(tap, new Keeping());
  tap.give("a");
  await until(() => tap.acknowledged.length === 1);
  await first.stop();
  const checkpoints = join(folder, "checkpoints", "test");
  await rm(checkpoints, { recursive: true });
  await mkdir(checkpoints);
  await writeFile(join(checkpoints, "9000.checkpoint"), "torn");
  const sink = new Keeping();
  const second = await begin(tap, sink);
  // One that is stopped before it has read the journal to its end takes none.
  tap.give("b");
  await until(() => sink.records.length === 2);
  await second.stop();
  expect((await readdir(checkpoints)).filter((name) => name.endsWith(".checkpoint"))).not.toEqual([]);
});

it("counts epochs on when the old state is forgotten, so that a later reading of the journal does not go back", async () => {
  const tap = new Tap();
  const newest = async () => (await new CheckpointFiles(join(folder, "checkpoints", "test")).epochs())[0] ?? 0;
  const first = await begin(tap, new Keeping());
  tap.give("a");
  await until(async () => (await newest()) >= 3);
  await first.stop();
  const before = await newest();
  const second = await begin(tap, new Keeping(), { reset: "end" });
  await until(async () => (await newest()) > before);
  await second.stop();
});
