import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Nats } from "../src/connections/nats/open.js";
import { openSharedStream } from "../src/connections/nats/shared-stream.js";
import { silentLog } from "../src/streams/contract/context.js";
import type { Chunk, Gap, Offsets } from "../src/streams/journal/journal.js";
import type { SharedStream } from "../src/streams/journal/shared.js";
import { systemClock } from "../src/streams/time/clock.js";
import { Feed, LAYOUT, PARTITIONS, WEEK } from "./nats-feed.js";
import { NatsServer, natsSuite, natsTitle, openTestNats } from "./nats-server.js";
import { until } from "./program.js";

const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);
/** Longer than two signs of life of a reader's server are apart, shorter than a connection may be silent, ms. */
const SILENT = 7_000;

const pause = (ms: number) => new Promise<"later">((resolve) => setTimeout(() => resolve("later"), ms));

/** One read of some partitions, as fast as `slow` lets it. */
class Reading {
  readonly chunks: Pick<Chunk, "elements">[] = [];
  readonly gaps: Gap[] = [];
  readonly stop = new AbortController();
  readonly ended: Promise<void>;

  constructor(stream: SharedStream, from: Offsets, partitions: readonly number[] = ALL, slow?: Promise<void>) {
    const read = { from, partitions: new Set(partitions) };
    this.ended = (async () => {
      for await (const chunk of stream.read(read, this.stop.signal, (gap) => this.gaps.push(gap))) {
        this.chunks.push(chunk);
        await slow;
      }
    })();
  }

  elements(partition: number) {
    return this.chunks.flatMap(({ elements }) => elements).filter(({ position }) => position.partition === partition);
  }

  /** The numbers that came, by partition. */
  get numbers(): number[][] {
    return ALL.map((partition) => this.elements(partition).map(({ eventTime }) => eventTime));
  }

  get count(): number {
    return this.chunks.reduce((sum, { elements }) => sum + elements.length, 0);
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.ended;
  }
}

natsSuite(natsTitle("a stream that several share on NATS"), () => {
  let server: NatsServer;
  let nats: Nats;
  let feed: Feed;
  let stream: SharedStream;
  beforeEach(async () => {
    server = await NatsServer.start();
    nats = await openTestNats(server.url);
    feed = await Feed.open();
    const given = { log: silentLog, clock: systemClock, random: () => 0 };
    stream = await openSharedStream(nats, { ...given, layout: LAYOUT, as: "printers", retention: WEEK });
  });
  afterEach(async () => {
    await nats.close();
    await feed.remove();
    await server.remove();
  });

  const ship = (append: () => void) => feed.shipped(nats, append);
  const all = () => feed.appended.flat().length;

  it("gives each partition in order, under the name of its source", async () => {
    const { shipper, ended } = feed.ship(nats);
    const reading = new Reading(stream, await stream.begins());
    for (let i = 0; i < 50; i++) {
      feed.append(1 + (i % 40));
      await pause(1);
    }
    await until(() => reading.count === all());
    await reading.end();
    expect(reading.numbers).toEqual(feed.appended);
    expect(reading.gaps).toEqual([]);
    const streams = reading.chunks.flatMap(({ elements }) => elements.map(({ position }) => position.stream));
    expect(new Set(streams)).toEqual(new Set(["printers"]));
    shipper.stop();
    await ended;
  });

  it("gives at once what came in piece by piece", async () => {
    await ship(() => {
      for (let i = 0; i < 400; i++) feed.append(1, i);
    });
    const reading = new Reading(stream, await stream.begins());
    await until(() => reading.count === 400);
    await reading.end();
    expect(reading.numbers).toEqual(feed.appended);
    expect(reading.chunks.length).toBeLessThan(40);
  });

  it("gives those partitions alone that are wanted, from where they were left", async () => {
    await ship(() => feed.append(400));
    const first = new Reading(stream, await stream.begins(), [1, 3]);
    await until(() => first.count === feed.appended[1]!.length + feed.appended[3]!.length);
    await first.end();
    expect(first.numbers).toEqual([[], feed.appended[1], [], feed.appended[3]]);
    const left = first.elements(1)[20]!.position.offset + 1;
    const second = new Reading(stream, [0, left, 0, 0], [1]);
    await until(() => second.count === feed.appended[1]!.length - 21);
    await second.end();
    expect(second.numbers).toEqual([[], feed.appended[1]!.slice(21), [], []]);
  });

  it("knows where each partition ends, whoever filled it", async () => {
    expect(await stream.ends()).toEqual([0, 0, 0, 0]);
    await ship(() => feed.append(2_500));
    const other = await Feed.open("hall-2");
    await other.shipped(nats, () => other.append(6));
    await other.remove();
    const ends = await stream.ends();
    const reading = new Reading(stream, await stream.begins());
    await until(() => reading.count === 2_506);
    await reading.end();
    expect(ends).toEqual(ALL.map((partition) => reading.elements(partition).at(-1)!.position.offset + 1));
    const behind = new Reading(stream, ends);
    await ship(() => feed.append(100));
    await until(() => behind.count === 100);
    await behind.end();
    expect(behind.gaps).toEqual([]);
  });

  it("begins with the oldest that is kept, and says what went before it could be read", async () => {
    await ship(() => feed.append(400));
    const first = new Reading(stream, await stream.begins());
    await until(() => first.count === all());
    await first.end();
    const reached = ALL.map((partition) => first.elements(partition).at(-1)!.position.offset + 1);
    await ship(() => feed.append(400));
    const { state } = await nats.streams.streams.info(LAYOUT.name);
    await nats.streams.streams.purge(LAYOUT.name, { seq: state.last_seq + 1 });
    await ship(() => feed.append(400));
    const fresh = new Reading(stream, await stream.begins());
    await until(() => fresh.count === 400);
    await fresh.end();
    expect(fresh.gaps).toEqual([]);
    const late = new Reading(stream, reached);
    await until(() => late.count === 400);
    await late.end();
    expect(late.gaps).toHaveLength(PARTITIONS);
    for (const { from, resume, reason } of late.gaps) {
      expect(reason).toBe("the stream no longer holds what has not been read");
      expect(ALL.filter((partition) => resume[partition]! > from[partition]!)).toHaveLength(1);
    }
  });

  it("lets the oldest go before it is full, as far as they have been read, and takes new ones", async () => {
    const large = { ...WEEK, maxBytes: 1_000_000 };
    const given = { log: silentLog, clock: systemClock, random: () => 0 };
    const limited = await openSharedStream(nats, { ...given, layout: LAYOUT, as: "printers", retention: large });
    const first = async () => (await nats.streams.streams.info(LAYOUT.name)).state.first_seq;
    const text = (n: number) => JSON.stringify({ n, rest: "x".repeat(400) });
    // One after the other, or they would be a handful of messages.
    for (let i = 0; i < 20; i++) await ship(() => feed.append(100, 5 + i, text));
    await limited.commit(await limited.begins(), new Set(ALL));
    expect(await first()).toBe(1);
    const ends = await limited.ends();
    await limited.commit(ends, new Set(ALL));
    const kept = await first();
    expect(kept).toBeGreaterThan(1);
    // Most of it stays for whoever wants to look back.
    expect((await nats.streams.streams.info(LAYOUT.name)).state.bytes).toBeGreaterThan(500_000);
    for (let i = 0; i < 15; i++) {
      await ship(() => feed.append(100, 100 + i, text));
      await limited.commit(await limited.ends(), new Set(ALL));
    }
    const reading = new Reading(limited, ends);
    await until(() => reading.count === 1500);
    await reading.end();
    expect(reading.gaps).toEqual([]);
  });

  it("waits for whoever reads slowly, and holds little meanwhile", async () => {
    const many = 4_000;
    await ship(() => {
      // A dozen of them fill a message.
      for (let i = 0; i < many; i++) feed.append(1, i, (n) => `"${n} ${"x".repeat(20_000)}"`);
    });
    let go = () => {};
    const reading = new Reading(stream, await stream.begins(), ALL, new Promise((resolve) => (go = resolve)));
    const delivered = async () => {
      const consumers = await nats.streams.consumers.list(LAYOUT.name).next();
      return consumers.reduce((sum, { delivered: { consumer_seq } }) => sum + consumer_seq, 0);
    };
    await until(async () => (await delivered()) > 0);
    await pause(1_000);
    expect(reading.chunks).toHaveLength(1);
    expect(await delivered()).toBeLessThanOrEqual(PARTITIONS * 24);
    go();
    await until(() => reading.count === many);
    await reading.end();
    expect(reading.numbers).toEqual(feed.appended);
  });

  it("outlives kill -9 of the server", async () => {
    const { shipper, ended } = feed.ship(nats);
    const reading = new Reading(stream, await stream.begins());
    for (let round = 0; round < 3; round++) {
      feed.append(2_000);
      await until(() => reading.count > 2_000 * round);
      await server.kill("SIGKILL");
      feed.append(500);
      await server.run();
    }
    await until(() => reading.count === all());
    await reading.end();
    expect(reading.numbers).toEqual(feed.appended);
    expect(reading.gaps).toEqual([]);
    shipper.stop();
    await ended;
  });

  it("goes on behind a server that was frozen and gave no sign of life", async () => {
    const { shipper, ended } = feed.ship(nats);
    const reading = new Reading(stream, await stream.begins());
    feed.append(500);
    await until(() => reading.count === all());
    feed.append(500);
    server.freeze();
    await pause(SILENT);
    feed.append(500);
    server.thaw();
    await until(() => reading.count === all());
    await reading.end();
    expect(reading.numbers).toEqual(feed.appended);
    expect(reading.gaps).toEqual([]);
    shipper.stop();
    await ended;
  });

  it("ends at once when it is told to, with the server there or frozen", async () => {
    await ship(() => feed.append(100));
    const reading = new Reading(stream, await stream.begins());
    await until(() => reading.count === all());
    reading.stop.abort();
    expect(await Promise.race([reading.ended, pause(1_000)])).toBeUndefined();
    const again = new Reading(stream, await stream.begins());
    await until(() => again.count === all());
    server.freeze();
    again.stop.abort();
    const first = await Promise.race([again.ended, pause(1_000)]);
    server.thaw();
    expect(first).toBeUndefined();
  });

  it("fails for a connection that was closed for good", async () => {
    await ship(() => feed.append(100));
    const other = await openTestNats(server.url);
    const given = { log: silentLog, clock: systemClock, random: () => 0 };
    const doomed = await openSharedStream(other, { ...given, layout: LAYOUT, as: "printers", retention: WEEK });
    const reading = new Reading(doomed, await stream.begins());
    await until(() => reading.count === all());
    await other.close();
    await expect(reading.ended).rejects.toThrow();
    await expect(doomed.ends()).rejects.toThrow();
  });
});
