import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Context } from "../component/context.js";
import type { BatchOperator, LineSink, RecordOperator, Source } from "../component/definition.js";
import { silentLog } from "../contract/context.js";
import { Keeping, operatorNode, sinkNode, sourceNode, topologyOf } from "../contract/graph.js";
import { openEmbeddedStream } from "../journal/embedded/open.js";
import { recordedIn } from "../journal/embedded/recorded.js";
import { derive, type StreamRecord } from "../record/record.js";
import { systemClock } from "../time/clock.js";
import type { Node } from "../topology/topology.js";
import { Run, type RunOptions } from "./run.js";

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "retry-"));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await rm(folder, { recursive: true });
});

/** Gives nothing until it is stopped, and what a text says when it is asked to read that once more. */
const patient = (context: Context): Source<unknown> => {
  let texts: string[] = [];
  return {
    async *read(stop) {
      await new Promise((stopped) => stop.addEventListener("abort", stopped));
    },
    texts: () => texts,
    again(place, text) {
      texts = [text];
      if (!text.startsWith("{")) {
        context.reject({ reason: "still not JSON", place, payload: text });
        return [];
      }
      return [
        { key: place, eventTime: 1, value: JSON.parse(text) as unknown, position: context.positions.next(place) },
      ];
    },
  };
};
const source = (name: string, keeps?: "os"): Node =>
  sourceNode(name, patient(undefined as never), { open: (_, context) => patient(context), keeps: () => keeps });

async function running(nodes: readonly Node[], options: Partial<RunOptions> = {}): Promise<Run> {
  const run = new Run({ topologies: [topologyOf(...nodes)], log: silentLog, live: true, ...options });
  await run.open();
  const done = run.start();
  ends.push(async () => {
    await run.stop();
    await done;
  });
  return run;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(5);
}

const record = (value: unknown): StreamRecord => ({
  key: "p",
  eventTime: 1000,
  value,
  position: { stream: "in", partition: 0, offset: 4 },
});
const saying: RecordOperator<{ n: number }, unknown> = {
  process: (given, output, input) => output.emit(derive(given, { n: given.value.n, input })),
};
const tenfold: BatchOperator<{ n: number }, unknown> = {
  batch: { size: 10, wait: 0 },

  processBatch: async (records) => records.map((given) => derive(given, { n: given.value.n * 10 })),
};

it("gives an operator its record by the input that it came by, and what becomes of it flows on", async () => {
  const sink = new Keeping();
  const run = await running([
    source("a"),
    source("b"),
    operatorNode("both", ["a", "b"], saying),
    sinkNode("out", ["both"], sink),
  ]);
  expect(run.retry("test", "both", { record: record({ n: 1 }), input: 1 })).toBe("taken");
  expect(run.retry("test", "both", { record: record({ n: 2 }), input: 0 })).toBe("taken");
  await until(() => sink.records.length === 2);
  expect(sink.records).toEqual([record({ n: 1, input: 1 }), record({ n: 2, input: 0 })]);
});

it("gives a model and a sink theirs", async () => {
  const sink = new Keeping();
  const run = await running([source("a"), operatorNode("ten", ["a"], tenfold), sinkNode("out", ["ten"], sink)]);
  expect(run.retry("test", "ten", { record: record({ n: 1 }), input: 0 })).toBe("taken");
  expect(run.retry("test", "out", { record: record({ n: 2 }), input: 0 })).toBe("taken");
  await until(() => sink.records.length === 2);
  expect(sink.records.map(({ value }) => (value as { n: number }).n).sort()).toEqual([10, 2]);
});

it("gives a sink of lines its line as it stands", async () => {
  const written: string[] = [];
  const lines: LineSink<unknown> = {
    line: ({ value }) => `n=${(value as { n: number }).n}`,
    writeLines: async (text) => void written.push(...text.split("\n")),
  };
  const run = await running([source("a"), sinkNode("out", ["a"], lines as never)]);
  expect(run.retry("test", "out", { record: record("n=7 1000"), input: 0 })).toBe("taken");
  expect(run.retry("test", "out", { record: record({ n: 8 }), input: 0 })).toBe("taken");
  await until(() => written.length === 2);
  expect(written).toEqual(["n=7 1000", "n=8"]);
});

it("has a source read a message again; one that is refused again is a dead letter again", async () => {
  const sink = new Keeping();
  const run = await running([source("a"), sinkNode("out", ["a"], sink)]);
  expect(run.retry("test", "a", { place: "p", text: '{"n":1}' })).toBe("taken");
  expect(run.retry("test", "a", { place: "p", text: "n" })).toBe("taken");
  await until(() => sink.records.length === 1);
  expect(sink.records[0]).toMatchObject({ key: "p", value: { n: 1 }, position: { stream: "a", offset: 0 } });
  expect(run.deadLetters.kept).toMatchObject([{ node: "a", reason: "still not JSON", place: "p" }]);
  expect(run.status()[0]).toMatchObject({ in: 1, dead: 1 });
});

it("keeps what a source reads again in the journal", async () => {
  const sink = new Keeping();
  const journal = join(folder, "journal");
  const keep = {
    journal: (name: string, as: string, partitions: number) =>
      openEmbeddedStream({ folder: journal, name, as, partitions, log: silentLog, clock: systemClock }),
    checkpoints: join(folder, "checkpoints"),
    interval: 10_000,
  };
  const run = await running([source("a", "os"), sinkNode("out", ["a"], sink)], { keep });
  await until(() => run.retry("test", "a", { place: "p", text: '{"n":1}' }) === "taken");
  // It is there at once: a kill would lose nothing.
  const kept = await recordedIn(journal).open("test.a", "a");
  const values: unknown[] = [];
  for await (const { elements } of kept.read({ from: { offsets: kept.begins() } }))
    values.push(...elements.map(({ value }) => value));
  expect(values).toEqual([{ n: 1 }]);
  await until(() => sink.records.length === 1);
});

it("says what cannot be done", async () => {
  const bare = sourceNode("bare", { ...patient(undefined as never), again: undefined } as never);
  const run = await running([bare, operatorNode("one", ["bare"], saying), sinkNode("out", ["one"], new Keeping())]);
  const refused = (text: RegExp) => ({ refused: expect.stringMatching(text) });
  const message = { place: "p", text: "{}" };
  expect(run.retry("other", "one", message)).toBeUndefined();
  expect(run.retry("test", "two", message)).toEqual(refused(/no node "two" any more/));
  expect(run.retry("test", "bare", message)).toEqual(refused(/reads nothing twice/));
  expect(run.retry("test", "bare", { record: record({}), input: 0 })).toEqual(refused(/is a source now/));
  expect(run.retry("test", "one", message)).toEqual(refused(/it came from a source/));
  expect(run.retry("test", "one", { record: record({}), input: 1 })).toEqual(refused(/input 2 .* has 1 now/));
  expect(run.retry("test", "one", { record: record("n=7"), input: 0 })).toEqual(refused(/takes records/));
  await run.stop();
  expect(run.retry("test", "one", { record: record({}), input: 0 })).toBe("later");
});
