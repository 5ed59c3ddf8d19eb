import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { Ownership } from "../src/connections/nats/ownership.js";
import { openStream } from "../src/connections/nats/stream.js";
import { DisconnectedError } from "../src/streams/component/errors.js";
import { silentLog } from "../src/streams/contract/context.js";
import { systemClock } from "../src/streams/time/clock.js";
import { NatsCluster } from "./nats-cluster.js";
import { Feed, LAYOUT, PARTITIONS, Reads, WEEK } from "./nats-feed.js";
import { natsSuite, natsTitle, openTestNats } from "./nats-server.js";
import { until } from "./program.js";

natsSuite(natsTitle("three nats-servers, set up as config/nats/node.conf says"), () => {
  let cluster: NatsCluster;
  beforeEach(async () => {
    cluster = await NatsCluster.start();
  });
  afterEach(() => cluster.remove());

  it("keep all that was acknowledged, and the leases, while one after another is killed", async () => {
    const nats = await openTestNats(cluster.url);
    const agreed = async (act: () => Promise<unknown>) => {
      await until(() =>
        act().then(
          () => true,
          (cause: unknown) => {
            if (cause instanceof DisconnectedError || /timeout|unavailable|no suitable/.test(String(cause)))
              return false;
            throw cause;
          },
        ),
      );
    };
    await agreed(() => openStream(nats, LAYOUT, { ...WEEK, replicas: 3 }));
    let ownership: Ownership | undefined;
    await agreed(async () => {
      ownership = await Ownership.join({
        nats,
        group: "quality",
        partitions: PARTITIONS,
        member: "a",
        replicas: 3,
        log: silentLog,
        clock: systemClock,
        gained: () => undefined,
        lost: () => undefined,
        release: () => Promise.resolve(),
      });
    });
    await until(() => ownership!.owned.size === PARTITIONS);
    const feed = await Feed.open();
    const { shipper, ended } = feed.ship(nats);
    const reads = new Reads(nats);
    for (let node = 0; node < 2; node++) {
      feed.append(500);
      await cluster.kill(node);
      feed.append(500);
      await until(() => shipper.lag === 0 && reads.count === feed.appended.flat().length);
      await until(() => ownership!.owned.size === PARTITIONS);
      cluster.run(node);
      // A server that is back must have caught up before the next one goes, or two of three are away.
      await until(async () => {
        const { cluster: state } = await nats.streams.streams.info(LAYOUT.name).catch(() => ({ cluster: undefined }));
        return state?.replicas?.length === 2 && state.replicas.every(({ current, offline }) => current && !offline);
      });
    }
    expect(reads.numbers).toEqual(feed.appended);
    expect(reads.gaps).toEqual([]);
    shipper.stop();
    await ended;
    await reads.stop();
    await ownership!.leave();
    await nats.close();
    await feed.remove();
  }, 180_000);
});
