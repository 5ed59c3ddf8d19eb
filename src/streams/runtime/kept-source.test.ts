import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../component/context.js";
import type { Source } from "../component/definition.js";
import { silentLog } from "../contract/context.js";
import { Keeping, sinkNode, sourceNode, topologyOf } from "../contract/graph.js";
import { openEmbeddedStream } from "../journal/embedded/open.js";
import type { JournalStream } from "../journal/journal.js";
import { systemClock } from "../time/clock.js";
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

async function* never(): AsyncGenerator<never> {
  // stands where an open source is asked for
}
