import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Nats } from "../src/connections/nats/open.js";
import { readLately } from "../src/connections/nats/lately.js";
import { openStream } from "../src/connections/nats/stream.js";
import { Feed, LAYOUT, PARTITIONS, Reads, WEEK } from "./nats-feed.js";
import { NatsServer, natsSuite, natsTitle, openTestNats } from "./nats-server.js";
import { until } from "./program.js";

natsSuite(natsTitle("partitions read from NATS"), () => {
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

  const ship = (append: () => void) => feed.shipped(nats, append);
  const all = () => feed.appended.flat().length;

  it("give what comes while they are read, over restarts of the server", async () => {
    const reads = new Reads(nats);
    const { shipper, ended } = feed.ship(nats);
    for (let round = 0; round < 5; round++) {
      feed.append(200);
      await until(() => reads.count === all());
      await server.kill(round % 2 === 0 ? "SIGKILL" : "SIGTERM");
      feed.append(100);
      await server.run();
    }
    await until(() => reads.count === all());
    expect(reads.numbers).toEqual(feed.appended);
    expect(reads.gaps).toEqual([]);
    shipper.stop();
    await ended;
    await reads.stop();
  });

  it("have offsets that grow, and give the same ones to every reader", async () => {
    await ship(() => [1, 2, 3].forEach(() => feed.append(500)));
    const reads = [new Reads(nats), new Reads(nats)];
    await until(() => reads.every(({ count }) => count === all()));
    expect(reads[0]!.chunks).toEqual(reads[1]!.chunks);
    for (const chunks of reads[0]!.chunks) {
      const offsets = chunks.flatMap(({ elements }) => elements.map(({ position }) => position.offset));
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    }
    for (const one of reads) await one.stop();
  });

  it("go on behind any element", async () => {
    await ship(() => [1, 2, 3].forEach(() => feed.append(300)));
    const whole = new Reads(nats);
    await until(() => whole.count === all());
    await whole.stop();
    const offsets = whole.chunks.map((chunks) =>
      chunks.flatMap(({ elements }) => elements.map((e) => e.position.offset)),
    );
    for (const at of [0, 1, 77, 200]) {
      const rest = new Reads(nats, (partition) => ({ offset: offsets[partition]![at]! + 1 }));
      const expected = feed.appended.map((numbers) => numbers.slice(at + 1));
      await until(() => rest.count === expected.flat().length);
      await rest.stop();
      expect(rest.numbers).toEqual(expected);
      expect(rest.gaps).toEqual([]);
    }
  });

  it("go on from a time of arrival", async () => {
    const now = Date.now();
    await ship(() => [-3, -2, -1, 0].forEach((seconds) => feed.append(100, now + 1000 * seconds)));
    for (const [from, count] of [
      [now - 1500, 200],
      [now - 2000, 300],
      [0, 400],
    ] as const) {
      const reads = new Reads(nats, () => ({ arrived: from }));
      await until(() => reads.count === count);
      await reads.stop();
      expect(reads.gaps).toEqual([]);
    }
  });

  it("say what went by age or by hand before it was read", async () => {
    await ship(() => feed.append(400));
    const first = new Reads(nats);
    await until(() => first.count === all());
    await first.stop();
    await ship(() => feed.append(400));
    const { state } = await nats.streams.streams.info(LAYOUT.name);
    // The rest comes from a sender that was started anew and finds nothing of its own there.
    await nats.streams.streams.purge(LAYOUT.name, { seq: state.last_seq + 1 });
    await ship(() => feed.append(400));
    const second = new Reads(nats, (partition) => ({ offset: first.end(partition) }));
    await until(() => second.count === 400);
    await second.stop();
    expect(second.gaps.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);
    expect(second.gaps[0]!.reason).toBe("the stream no longer holds what has not been read");
  });

  it("say what was taken out in the middle", async () => {
    await ship(() => feed.append(100));
    await ship(() => feed.append(100));
    await ship(() => feed.append(100));
    const { state } = await nats.streams.streams.info(LAYOUT.name);
    expect(state.messages).toBeGreaterThanOrEqual(3 * PARTITIONS);
    // One round of messages is one of each partition.
    await nats.streams.streams.deleteMessage(LAYOUT.name, PARTITIONS + 1);
    const reads = new Reads(nats);
    await until(() => reads.gaps.length === 1 && reads.count > 250);
    await reads.stop();
    expect(reads.gaps[0]!.resume).toBeGreaterThan(reads.gaps[0]!.from);
  });

  it("say that the stream was made anew", async () => {
    await ship(() => feed.append(100));
    const first = new Reads(nats);
    await until(() => first.count === all());
    await first.stop();
    await nats.streams.streams.delete(LAYOUT.name);
    await openStream(nats, LAYOUT, WEEK);
    const second = new Reads(nats, (partition) => ({ offset: first.end(partition) }));
    await until(() => second.gaps.length === PARTITIONS);
    await ship(() => feed.append(100));
    await until(() => second.count === 100);
    await second.stop();
  });

  it("give what others took in lately, and none of one's own", async () => {
    const other = await Feed.open("hall-2");
    await ship(() => feed.append(100));
    await other.shipped(nats, () => other.append(700));
    const numbers = async (lately: { span: number; except: string }) => {
      const found: number[] = [];
      for await (const { elements } of readLately({ nats, layout: LAYOUT, as: "in", ...lately }))
        found.push(...elements.map(({ eventTime }) => eventTime));
      return found.sort((a, b) => a - b);
    };
    const theirs = Array.from({ length: 700 }, (_, i) => i);
    expect(await numbers({ span: 60_000, except: "hall-1" })).toEqual(theirs);
    expect(await numbers({ span: 60_000, except: "hall-2" })).toEqual(theirs.slice(0, 100));
    expect(await numbers({ span: -60_000, except: "hall-1" })).toEqual([]);
    await other.remove();
  });

  it("say which message is none of ours", async () => {
    await ship(() => feed.append(100));
    await nats.jetstream.publish(LAYOUT.subject(1, "stranger"), "hello");
    await ship(() => feed.append(100));
    const reads = new Reads(nats);
    await until(() => reads.count === all() && reads.gaps.length === 1);
    await reads.stop();
    expect(reads.gaps[0]).toMatchObject({ partition: 1, reason: expect.stringContaining("is damaged or not ours") });
  });
});
