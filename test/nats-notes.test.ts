import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { openSharedNotes } from "../src/connections/nats/notes.js";
import type { Nats } from "../src/connections/nats/open.js";
import { silentLog } from "../src/streams/contract/context.js";
import type { Note, SharedNotes, SharedRead } from "../src/streams/journal/shared.js";
import { partitionOf } from "../src/streams/record/partition.js";
import { systemClock } from "../src/streams/time/clock.js";
import { NatsServer, natsSuite, natsTitle, openTestNats } from "./nats-server.js";

const PARTITIONS = 4;
const ALL = new Set([0, 1, 2, 3]);
const STREAM = "layerstream_notes-farm=quality_slow-down";

async function read(notes: SharedNotes, wanted: SharedRead): Promise<Note[]> {
  const found: Note[] = [];
  for await (const note of notes.read(wanted)) found.push(note);
  return found;
}

natsSuite(natsTitle("notes on a nats-server"), () => {
  let server: NatsServer;
  let nats: Nats;
  beforeEach(async () => {
    server = await NatsServer.start();
    nats = await openTestNats(server.url);
  });
  afterEach(async () => {
    await nats.close();
    await server.remove();
  });
  const said: string[] = [];
  const open = (group = "farm", through = nats) =>
    openSharedNotes(through, {
      group,
      name: "quality.slow-down",
      partitions: PARTITIONS,
      replicas: 1,
      log: { ...silentLog, error: (text) => said.push(text) },
      clock: systemClock,
      random: () => 0,
    });
  const keyOf = (partition: number) =>
    Array.from({ length: 100 }, (_, i) => `printer_${i}`).find((key) => partitionOf(key, PARTITIONS) === partition)!;

  it("are found by the next owner of a partition, over kill -9 of the server", async () => {
    const notes = await open();
    expect(await read(notes, { from: await notes.begins(), partitions: ALL })).toEqual([]);
    const ends: number[] = [];
    for (let n = 0; n < 40; n++) ends.push(await notes.append(keyOf(n % 4), { id: `deed-${n}`, deed: n }));
    await server.kill("SIGKILL");
    await server.run();
    const other = await openTestNats(server.url);
    const next = await open("farm", other);
    const found = await read(next, { from: await next.begins(), partitions: new Set([2]) });
    expect(found).toEqual(
      Array.from({ length: 10 }, (_, i) => ({
        partition: 2,
        next: ends[4 * i + 2],
        value: { id: `deed-${4 * i + 2}`, deed: 4 * i + 2 },
      })),
    );
    const from = [0, 0, found[6]!.next, 0];
    expect(await read(next, { from, partitions: new Set([2]) })).toEqual(found.slice(7));
    await other.close();
  });

  it("of one group are not those of another", async () => {
    const [notes, others] = [await open("farm"), await open("hall_2")];
    await notes.append("printer_1", "ours");
    await others.append("printer_1", "theirs");
    const found = await read(notes, { from: await notes.begins(), partitions: ALL });
    expect(found.map(({ value }) => value)).toEqual(["ours"]);
  });

  it("are there once, though the server froze while they were written", async () => {
    const notes = await open();
    server.freeze();
    const appended = notes.append("printer_1", "once");
    setTimeout(() => server.thaw(), 7_000);
    const next = await appended;
    const found = await read(notes, { from: await notes.begins(), partitions: ALL });
    expect(found).toEqual([{ partition: partitionOf("printer_1", PARTITIONS), next, value: "once" }]);
  });

  it("are written by those that wait for a server that is started anew", async () => {
    const notes = await open();
    await server.kill("SIGKILL");
    const appended = [1, 2, 3].map((n) => notes.append("printer_1", n));
    await server.run();
    await Promise.all(appended);
    const found = await read(notes, { from: await notes.begins(), partitions: ALL });
    expect(found.map(({ value }) => value).sort()).toEqual([1, 2, 3]);
  });

  it("are read past what is none of them", async () => {
    const notes = await open();
    await notes.append("printer_1", 1);
    await nats.jetstream.publish(`layerstream_notes.farm.quality_slow-down.${partitionOf("printer_1", 4)}`, "hello");
    await notes.append("printer_1", 2);
    const found = await read(notes, { from: await notes.begins(), partitions: ALL });
    expect(found.map(({ value }) => value)).toEqual([1, 2]);
    expect(said).toEqual(["a note is damaged or not ours"]);
  });

  it("begin behind those that have gone", async () => {
    const notes = await open();
    for (let n = 0; n < 5; n++) await notes.append("printer_1", n);
    await nats.streams.streams.purge(STREAM, { seq: 4 });
    const begins = await notes.begins();
    expect(begins).toEqual([4, 4, 4, 4]);
    expect((await read(notes, { from: [0, 0, 0, 0], partitions: ALL })).map(({ value }) => value)).toEqual([3, 4]);
    expect((await nats.streams.streams.info(STREAM)).config.max_age).toBe(7 * 24 * 3600e9);
  });
});
