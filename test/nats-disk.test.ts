import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Nats } from "../src/connections/nats/open.js";
import { openStream } from "../src/connections/nats/stream.js";
import { Feed, LAYOUT, Reads, WEEK } from "./nats-feed.js";
import { NatsServer, natsSuite, natsTitle, openTestNats } from "./nats-server.js";
import { until } from "./program.js";
import { cannotMount, SmallDisk } from "./small-disk.js";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const cannot = cannotMount();

natsSuite(natsTitle("a nats-server on a disk of its own"), () => {
  let disk: SmallDisk;
  let server: NatsServer;
  let nats: Nats;
  let feed: Feed;
  beforeEach(async () => {
    if (cannot) return;
    disk = SmallDisk.mount(64);
    server = await NatsServer.start([], disk.folder);
    nats = await openTestNats(server.url);
    await openStream(nats, LAYOUT, WEEK);
    feed = await Feed.open();
  });
  afterEach(async () => {
    if (cannot) return;
    await nats.close();
    await feed.remove();
    await server.remove();
    disk.unmount();
  });

  const title = "is full: the journal waits, and everything is there once when it has room and was started anew";
  (cannot ? it.skip : it)(`${cannot ? `SKIPPED, ${cannot}: ` : ""}${title}`, async () => {
    const reads = new Reads(nats);
    const { shipper, ended } = feed.ship(nats);
    feed.append(1_000);
    await until(() => shipper.lag === 0);
    await disk.fill();
    // Of what fits in the space that files had left over some is taken.
    for (let i = 0; i < 100 || shipper.lag < 5_000; i++) {
      feed.append(100);
      await pause(10);
    }
    await disk.free();
    // Server 2.9 says nothing and takes nothing more, room or not, until it is started anew.
    await server.kill("SIGKILL");
    await server.run();
    await until(() => shipper.lag === 0 && reads.count >= feed.appended.flat().length);
    shipper.stop();
    await ended;
    await reads.stop();
    expect(reads.numbers).toEqual(feed.appended);
    expect(reads.gaps).toEqual([]);
  });
});
