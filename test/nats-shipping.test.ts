import { cp, rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Nats } from "../src/connections/nats/open.js";
import { openStream } from "../src/connections/nats/stream.js";
import { Feed, LAYOUT, PARTITIONS, Reads, WEEK } from "./nats-feed.js";
import { NatsServer, natsSuite, natsTitle, openTestNats } from "./nats-server.js";
import { until } from "./program.js";

/** Longer than an answer may take, and than a connection may be silent, ms. */
const FROZEN = 16_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

natsSuite(natsTitle("a journal on its way to NATS"), () => {
  let server: NatsServer;
  let nats: Nats;
  let feed: Feed;
  beforeEach(async () => {
    server = await NatsServer.start();
    nats = await openTestNats(server.url);
    await openStream(nats, LAYOUT, WEEK);
    feed = await Feed.open();
  });
  afterEach(async () => {
    await nats.close();
    await feed.remove();
    await server.remove();
  });

  /** What can be read is what was appended: each once, in order. */
  const expectAll = async (from: Feed = feed) => {
    const reads = new Reads(nats);
    await until(() => reads.count >= from.appended.flat().length);
    await reads.stop();
    expect(reads.numbers).toEqual(from.appended);
    expect(reads.gaps).toEqual([]);
  };

  it("arrives whole, each partition in order, and need not be kept", async () => {
    const { shipper, ended } = feed.ship(nats);
    for (let i = 0; i < 50; i++) {
      feed.append(100);
      await pause(1);
    }
    await until(() => shipper.lag === 0);
    shipper.stop();
    await ended;
    expect(feed.journal.committed("nats")).toEqual(feed.journal.ends());
    await expectAll();
  });

  it("is packed: a backlog takes few messages", async () => {
    feed.append(10_000);
    const { shipper, ended } = feed.ship(nats);
    await until(() => shipper.lag === 0);
    shipper.stop();
    await ended;
    const { state } = await nats.streams.streams.info(LAYOUT.name);
    expect(state.messages).toBeLessThan(100);
    await expectAll();
  });

  it("goes together where it comes in small pieces, one after the other", async () => {
    const began = performance.now();
    const spent = () => performance.now() - began;
    const { shipper, ended } = feed.ship(nats);
    for (let i = 0; i < 300; i++) {
      feed.append(4);
      await pause(2);
    }
    await until(() => shipper.lag === 0);
    shipper.stop();
    await ended;
    const { state } = await nats.streams.streams.info(LAYOUT.name);
    // What the shipper was told of and what it has to read are two messages of a partition in 10 ms.
    expect(state.messages).toBeLessThan(PARTITIONS * 2 * (spent() / 10 + 2));
    await expectAll();
  });

  it("goes on where it was, whoever sends", async () => {
    for (let round = 0; round < 5; round++) {
      const { shipper, ended } = feed.ship(nats);
      feed.append(3_000);
      // Stopped in the middle: something is on its way, or not.
      await until(() => shipper.lag < 3_000);
      shipper.stop();
      await ended;
    }
    const { shipper, ended } = feed.ship(nats);
    await until(() => shipper.lag === 0);
    shipper.stop();
    await ended;
    await expectAll();
  });

  it("survives kill -9 of the server, again and again", async () => {
    const { shipper, ended } = feed.ship(nats);
    let filling = true as boolean;
    const filled = (async () => {
      while (filling) {
        feed.append(20);
        await pause(5);
      }
    })();
    for (let round = 0; round < 4; round++) {
      await pause(150);
      await server.kill("SIGKILL");
      await server.run();
      await until(() => shipper.lag < 500);
    }
    filling = false;
    await filled;
    await until(() => shipper.lag === 0);
    shipper.stop();
    await ended;
    await expectAll();
  });

  it("waits in the journal while the server is frozen", async () => {
    const { shipper, ended } = feed.ship(nats);
    feed.append(1_000);
    await until(() => shipper.lag === 0);
    // Frozen with messages on their way: it takes them when it wakes, and they are sent again before that.
    feed.append(1_000);
    server.freeze();
    const thawed = pause(FROZEN).then(() => server.thaw());
    for (let i = 0; i < 20; i++) {
      feed.append(100);
      await pause(FROZEN / 25);
    }
    expect(shipper.lag).toBeGreaterThanOrEqual(2_000);
    await thawed;
    await until(() => shipper.lag === 0);
    shipper.stop();
    await ended;
    await expectAll();
  });

  it("waits in the journal while the stream is full", async () => {
    await openStream(nats, LAYOUT, { ...WEEK, maxBytes: 20_000 });
    // Read as it comes: a server 2.9 may push out the oldest message for one that just fits.
    const reads = new Reads(nats);
    const { shipper, ended } = feed.ship(nats);
    // So that some partitions find room where others do not.
    for (let i = 0; i < 100; i++) {
      feed.append(1 + (i % 40));
      await pause(1);
    }
    await until(async () => (await nats.streams.streams.info(LAYOUT.name)).state.bytes > 15_000);
    expect(shipper.lag).toBeGreaterThan(0);
    await openStream(nats, LAYOUT, WEEK);
    await until(() => shipper.lag === 0 && reads.count >= feed.appended.flat().length);
    shipper.stop();
    await ended;
    await reads.stop();
    expect(reads.numbers).toEqual(feed.appended);
  });

  it("leaves out what no server takes, and says so", async () => {
    const refused: number[] = [];
    const { shipper, ended } = feed.ship(nats, (n) => refused.push(n));
    feed.append(30, 5, (n) => (n === 11 ? `"${"x".repeat(1_100_000)}"` : `"${"ü".repeat(20_000)}"`));
    await until(() => shipper.lag === 0);
    shipper.stop();
    await ended;
    expect(refused).toEqual([11]);
    const reads = new Reads(nats);
    await until(() => reads.count === 29);
    await reads.stop();
  });

  it("sends again what the server lost, as far as the journal still has it", async () => {
    const { shipper, ended } = feed.ship(nats);
    feed.append(500);
    await until(() => shipper.lag === 0);
    // A power cut, as seen by a server that does not sync: its files are as they were some time ago.
    const past = `${feed.folder}-past`;
    await server.withFiles((files) => cp(files, past, { recursive: true }));
    feed.append(500);
    await until(() => shipper.lag === 0);
    await server.withFiles(async (files) => {
      await rm(files, { recursive: true });
      await cp(past, files, { recursive: true });
    });
    await rm(past, { recursive: true });
    feed.append(100);
    const stored = async () => (await nats.streams.streams.info(LAYOUT.name)).state.last_seq;
    await until(async () => shipper.lag === 0 && (await stored()) > 0);
    shipper.stop();
    await ended;
    await expectAll();
  });

  it("is refused under the name of another journal", async () => {
    const first = feed.ship(nats);
    feed.append(100);
    await until(() => first.shipper.lag === 0);
    first.shipper.stop();
    await first.ended;
    const other = await Feed.open();
    other.append(10);
    await expect(other.ship(nats).ended).rejects.toThrow(
      /"hall-1" has sent partition \d of "sensors" up to offset \d+/,
    );
    await other.remove();
  });

  it("stands beside that of another machine", async () => {
    const other = await Feed.open("hall-2");
    const ships = [feed.ship(nats), other.ship(nats)];
    for (let i = 0; i < 20; i++) {
      feed.append(20);
      other.append(20);
      await pause(1);
    }
    await until(() => ships.every(({ shipper }) => shipper.lag === 0));
    const reads = new Reads(nats);
    await until(() => reads.count === 800);
    await reads.stop();
    // Each origin in its own order.
    for (const [partition, numbers] of reads.numbers.entries()) {
      expect([...numbers].sort((a, b) => a - b)).toEqual(feed.appended[partition]!.flatMap((n) => [n, n]));
    }
    for (const { shipper, ended } of ships) {
      shipper.stop();
      await ended;
    }
    await other.remove();
  });
});
