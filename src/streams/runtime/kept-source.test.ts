import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../component/context.js";
import type { Source } from "../component/definition.js";
import { silentLog } from "../contract/context.js";
import { Keeping, operatorNode, sinkNode, sourceNode, topologyOf } from "../contract/graph.js";
import { Tap } from "../contract/tap.js";
import { openEmbeddedStream } from "../journal/embedded/open.js";
import type { JournalStream } from "../journal/journal.js";
import { partitionOf } from "../record/partition.js";
import type { StreamRecord, TimeMark } from "../record/record.js";
import { systemClock } from "../time/clock.js";
import { VERSION } from "./checkpoint/checkpoint.js";
import { Layout } from "./checkpoint/layout.js";
import type { Persistence } from "./checkpoint/take-up.js";
import { Run } from "./run.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kept-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A stream whose disk is full for as long as it is told. */
class Disk {
  full = false;

  open = async (name: string, as: string, partitions: number): Promise<JournalStream> => {
    const stream = await openEmbeddedStream({ folder, name, as, partitions, log: silentLog, clock: systemClock });
    const append = stream.append.bind(stream);
    stream.append = (...given) => {
      if (this.full) throw new Error("ENOSPC");
      append(...given);
    };
    return stream;
  };
}

it("lets those in a hurry hear what comes while the journal cannot be written, and acknowledges none of it", async () => {
  const disk = new Disk();
  const acknowledged: number[] = [];
  const [calm, hurried] = [new Keeping(), new Keeping()];
  const open = (_: unknown, { positions }: Context): Source<unknown> => {
    const record = (n: number) => ({ key: "p", eventTime: n, value: { n }, position: positions.next("p") });
    return {
      async *read(stop) {
        for (let n = 0; n < 3; n++) {
          disk.full = n === 1;
          yield [record(n)];
          acknowledged.push(n);
        }
        await new Promise((resolve) => stop.addEventListener("abort", resolve));
      },
      texts: () => ["{}"],
      async *aside() {
        const before = [...acknowledged];
        yield [{ key: "p", eventTime: 100, value: { n: 100 }, position: { stream: "aside", partition: 0, offset: 0 } }];
        disk.full = false;
        expect(before).toEqual([0]);
      },
    };
  };
  const run = new Run({
    topologies: [
      topologyOf(
        sourceNode("in", { read: () => never() }, { open, keeps: () => "os", finite: () => false }),
        sinkNode("hurried", ["in"], hurried, { urgent: true }),
        sinkNode("calm", ["in"], calm),
      ),
    ],
    log: silentLog,
    live: true,
    keep: { journal: disk.open, checkpoints: join(folder, "checkpoints"), interval: 60_000 },
  });
  await run.open();
  const done = run.start();
  while (calm.records.length < 3) await systemClock.sleep(10);
  await run.stop();
  await done;
  const numbers = ({ records }: Keeping) => records.map(({ value }) => (value as { n: number }).n);
  expect(numbers(hurried)).toEqual([0, 1, 100, 2]);
  expect(numbers(calm)).toEqual([0, 1, 2]);
  expect(acknowledged).toEqual([0, 1, 2]);
});

/** Records and marks that come behind a source with nothing to read that marks printers after 100 ms, the first of them. */
async function heardBehind(keep: Persistence): Promise<string[]> {
  const heard: string[] = [];
  const operator = {
    process: ({ key }: StreamRecord) => void heard.push(key),
    advance: ({ key, eventTime, cause }: TimeMark) => void heard.push(`${key} ${eventTime} ${cause}`),
  };
  const topology = topologyOf(
    new Tap().node("in", {}, { idle: 100 }),
    operatorNode("watch", ["in"], operator),
    sinkNode("out", ["watch"], new Keeping()),
  );
  const run = new Run({ topologies: [topology], log: silentLog, live: true, keep });
  await run.open();
  const done = run.start();
  while (heard.length === 0) await systemClock.sleep(10);
  await run.stop();
  await done;
  return heard;
}

it("marks printers silent that only the instance before has heard", async () => {
  const position = { stream: "in", partition: 0, offset: 77 };
  const keep: Persistence = {
    journal: new Disk().open,
    checkpoints: join(folder, "checkpoints"),
    interval: 60_000,
    async *elsewhere(name, as, span) {
      expect([name, as, span]).toEqual(["test.in", "in", 60_000]);
      yield {
        arrived: 0,
        elements: [{ key: "printer_9", eventTime: 5000, value: {}, position }],
        texts: ["{}"],
      };
    },
  };
  expect(await heardBehind(keep)).toEqual(["printer_9 5000 idle"]);
});

it("marks printers silent that the source had heard after its last checkpoint and workers have worked on", async () => {
  const disk = new Disk();
  const stream = await disk.open("test.in", "in", 64);
  const partition = partitionOf("printer_9", 64);
  const position = { stream: "in", partition, offset: 0 };
  stream.append([{ key: "printer_9", eventTime: 5000, value: {}, position }], ["{}"], 1);
  const ends = stream.ends();
  await stream.close();
  const layout = new Layout(join(folder, "checkpoints", "test"));
  const header = { version: VERSION, pipeline: "test", epoch: 1, taken_at: "", nodes: {} };
  await (await layout.sources.begin({ ...header, offsets: { in: ends.map(() => 0) } })).finish();
  await (await layout.worker(0, 1).begin({ ...header, offsets: { in: ends } })).finish();
  const keep = { journal: disk.open, checkpoints: join(folder, "checkpoints"), interval: 60_000 };
  expect(await heardBehind(keep)).toEqual(["printer_9 5000 idle"]);
});

async function* never(): AsyncGenerator<never> {
  // stands where an open source is asked for
}
