import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../contract/context.js";
import { Keeping, sinkNode, topologyOf } from "../../contract/graph.js";
import { Tap } from "../../contract/tap.js";
import { openEmbeddedStream } from "../../journal/embedded/open.js";
import type { JournalStream } from "../../journal/journal.js";
import { Positions } from "../../record/partition.js";
import { systemClock } from "../../time/clock.js";
import { Run } from "../run.js";
import { CheckpointFiles } from "./file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "several-"));
});
afterEach(() => rm(folder, { recursive: true }));

const journal = (name: string, as: string, partitions: number) =>
  openEmbeddedStream({ folder: join(folder, "journal"), name, as, partitions, log: silentLog, clock: systemClock });

const checkpoints = () => new CheckpointFiles(join(folder, "checkpoints", "test"));

async function begin(left: Tap, right: Tap, sink: Keeping, open: typeof journal = journal) {
  const run = new Run({
    topologies: [topologyOf(left.node("left"), right.node("right"), sinkNode("out", ["left", "right"], sink))],
    log: silentLog,
    live: true,
    keep: { journal: open, checkpoints: join(folder, "checkpoints"), interval: 20 },
  });
  await run.open();
  const done = run.start();
  return {
    async stop() {
      await run.stop();
      await done;
    },
  };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(5);
}

/** So many appends, with the end of an epoch behind each of these. */
function fill(stream: JournalStream, appends: number, each: number, epochs: ReadonlyMap<number, number>): void {
  const positions = new Positions(stream.name, stream.partitions, stream.ends());
  for (let n = 1; n <= appends; n++) {
    const elements = Array.from({ length: each }, () => {
      const key = stream.name;
      return { key, eventTime: 1000, value: { n: 1 }, position: positions.next(key) };
    });
    stream.append(
      elements,
      elements.map(() => '{"n":1}'),
      n,
    );
    const epoch = epochs.get(n);
    if (epoch !== undefined) stream.appendEpoch(epoch, n);
  }
}

async function filled(name: string, ...given: [appends: number, each: number, epochs: ReadonlyMap<number, number>]) {
  const stream = await journal(`test.${name}`, name, 64);
  fill(stream, ...given);
  await stream.close();
}

it("goes on behind a checkpoint where one source alone has something left in the journal", async () => {
  const [left, right, sink] = [new Tap(), new Tap(), new Keeping()];
  const first = await begin(left, right, sink);
  left.give("a");
  right.give("b");
  await until(() => sink.records.length === 2);
  await first.stop();
  await filled("left", 1, 3, new Map());
  const second = await begin(left, right, sink);
  await until(() => sink.records.length === 5);
  const newest = (await checkpoints().epochs())[0]!;
  await until(async () => (await checkpoints().epochs())[0]! > newest);
  await second.stop();
  expect(sink.records.length).toBe(5);
});

it("reads on where one source has ends of epochs that another has not", async () => {
  await filled("left", 4, 2, new Map([[1, 1], [2, 2], [4, 3]])); // prettier-ignore
  await filled("right", 4, 2, new Map([[1, 1], [3, 3]])); // prettier-ignore
  const sink = new Keeping();
  const run = await begin(new Tap(), new Tap(), sink);
  await until(() => sink.records.length === 16);
  await until(async () => ((await checkpoints().epochs())[0] ?? 0) > 3);
  await run.stop();
});

it("reads on where one source has much in an epoch and another little", async () => {
  const every = new Map(Array.from({ length: 30 }, (_, i) => [i + 1, i + 1]));
  await filled("left", 30, 1000, every);
  await filled("right", 6000, 2, new Map([...every].map(([n, epoch]) => [n * 200, epoch])));
  const sink = new Keeping();
  const run = await begin(new Tap(), new Tap(), sink);
  await until(() => sink.records.length === 42_000);
  await run.stop();
});

it("takes no checkpoint where one of the sources is still in its journal or cannot write it", async () => {
  const [left, right, sink] = [new Tap(), new Tap(), new Keeping()];
  let full = false;
  const run = await begin(left, right, sink, async (...given) => {
    const stream = await journal(...given);
    const append = stream.append.bind(stream);
    stream.append = (...elements) => {
      if (full && given[1] === "left") throw new Error("ENOSPC");
      append(...elements);
    };
    return stream;
  });
  right.give("b");
  await until(async () => (await checkpoints().epochs()).length > 0);
  full = true;
  left.give("a");
  await until(() => sink.records.length === 2);
  await run.stop();
  for (const epoch of await checkpoints().epochs()) {
    const { header } = await checkpoints().read(epoch);
    expect(Object.keys(header.offsets).sort()).toEqual(["left", "right"]);
  }
});

it("says that there will be no checkpoints where one source is kept and another is not", async () => {
  const said: unknown[] = [];
  const log = { ...silentLog, warn: (_: string, fields: unknown) => void said.push(fields) };
  const right = new Tap().node("right", { keeps: () => undefined });
  const run = new Run({
    topologies: [topologyOf(new Tap().node("left"), right, sinkNode("out", ["left", "right"], new Keeping()))],
    log,
    live: true,
    keep: { journal, checkpoints: join(folder, "checkpoints"), interval: 20 },
  });
  await run.open();
  const done = run.start();
  await run.stop();
  await done;
  expect(said).toEqual([{ pipeline: "test", unkept: ["right"] }]);
});
