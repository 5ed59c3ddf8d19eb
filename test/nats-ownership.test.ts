import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { openCheckpoints } from "../src/connections/nats/checkpoints.js";
import type { Nats } from "../src/connections/nats/open.js";
import { Ownership } from "../src/connections/nats/ownership.js";
import { silentLog } from "../src/streams/contract/context.js";
import { type Clock, systemClock } from "../src/streams/time/clock.js";
import { Member } from "./nats-member.js";
import { NatsServer, natsSuite, natsTitle, openTestNats } from "./nats-server.js";
import { until } from "./program.js";

const PARTITIONS = 16;
/** A member that says nothing any more must have been taken over from after so long, ms. */
const TAKEN_OVER = 10_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The same time as everyone's, but for how it is called; and the time that a test adds to it. */
class SkewedClock implements Clock {
  readonly after = systemClock.after;
  readonly every = systemClock.every;
  readonly sleep = systemClock.sleep;
  constructor(public ahead: number) {}
  now() {
    return systemClock.now() + this.ahead;
  }
}

natsSuite(natsTitle("partitions shared among members"), () => {
  let server: NatsServer;
  let members: { name: string; ownership: Ownership }[];
  let connections: Nats[];
  let children: Member[];
  /** Who works on a partition, and in which epoch, as far as the members of this process say. */
  let working: Map<number, { name: string; epoch: number }>;
  let epochs: Map<number, number>;
  let overlaps: string[];
  let claims: Promise<unknown>[];
  let slow: () => Promise<void>;

  beforeEach(async () => {
    server = await NatsServer.start();
    [members, connections, children, claims, overlaps] = [[], [], [], [], []];
    [working, epochs] = [new Map(), new Map()];
    slow = () => Promise.resolve();
  });
  afterEach(async () => {
    for (const child of children) await child.kill();
    for (const { ownership } of members) await ownership.leave();
    for (const nats of connections) await nats.close();
    await server.remove();
  });

  const join = async (name: string, clock: Clock = systemClock, partitions = PARTITIONS) => {
    const nats = await openTestNats(server.url);
    connections.push(nats);
    const checkpoints = await openCheckpoints(nats, { group: "quality", pipeline: "quality", replicas: 1 });
    const stopped = (partition: number) => {
      if (working.get(partition)?.name === name) working.delete(partition);
    };
    const ownership = await Ownership.join({
      nats,
      group: "quality",
      partitions,
      member: name,
      replicas: 1,
      log: silentLog,
      clock,
      gained(partition, epoch) {
        if (working.has(partition)) overlaps.push(`${name} and ${working.get(partition)!.name} work on ${partition}`);
        if (epoch <= (epochs.get(partition) ?? 0)) overlaps.push(`epoch ${epoch} of ${partition} came again`);
        epochs.set(partition, epoch);
        working.set(partition, { name, epoch });
        claims.push(checkpoints.claim(partition, epoch).catch(() => undefined));
      },
      lost: stopped,
      release: async (partition) => {
        await slow();
        stopped(partition);
      },
    });
    members.push({ name, ownership });
    return ownership;
  };
  const shares = () => members.map(({ ownership }) => ownership.owned.size);
  const settled = (...expected: number[]) =>
    until(
      () =>
        shares()
          .sort((a, b) => b - a)
          .join() === expected.join(),
    );
  const leave = async (name: string) => {
    const { ownership } = members.find((member) => member.name === name)!;
    members = members.filter((member) => member.name !== name);
    await ownership.leave();
  };

  it("are even, as members come and go, with one owner each at any time", async () => {
    await join("a");
    await settled(16);
    slow = () => pause(200);
    await Promise.all([join("b"), join("c")]);
    await settled(6, 5, 5);
    expect(working.size).toBe(PARTITIONS);
    await leave("a");
    await settled(8, 8);
    await leave("b");
    await settled(16);
    expect(overlaps).toEqual([]);
  });

  it("go to two that join at the same instant", async () => {
    await Promise.all(["a", "b", "c", "d"].map((name) => join(name)));
    await settled(4, 4, 4, 4);
    expect(overlaps).toEqual([]);
  });

  it("are shared by members whose clocks are hours apart", async () => {
    await join("a", new SkewedClock(-3 * 3600_000));
    await join("b", new SkewedClock(5 * 3600_000));
    await settled(8, 8);
    await pause(7_000);
    expect(shares()).toEqual([8, 8]);
    expect(overlaps).toEqual([]);
  });

  it("are lost at once to a member whose clock says that it was away, and won back", async () => {
    const clock = new SkewedClock(0);
    const ownership = await join("a", clock);
    await settled(16);
    const before = ownership.epochOf(3)!;
    clock.ahead += 60_000;
    expect(ownership.epochOf(3)).toBeUndefined();
    expect(ownership.owned.size).toBe(0);
    await settled(16);
    expect(ownership.epochOf(3)).toBeGreaterThan(before);
    expect(overlaps).toEqual([]);
  });

  it("are nobody's while the server is frozen, and shared again afterwards", async () => {
    await join("a");
    await join("b");
    await settled(8, 8);
    server.freeze();
    await until(() => working.size === 0 && shares().every((share) => share === 0));
    server.thaw();
    await settled(8, 8);
    await server.kill("SIGKILL");
    await server.run();
    await settled(8, 8);
    expect(overlaps).toEqual([]);
  });

  it("are taken over from a member that was killed", async () => {
    const child = new Member(server.url, "quality", "child", PARTITIONS);
    children.push(child);
    await until(() => child.said.some(({ gained }) => gained !== undefined));
    await join("a");
    await settled(8);
    await child.kill();
    const killed = Date.now();
    await settled(16);
    expect(Date.now() - killed).toBeLessThan(TAKEN_OVER);
    children = [];
  });

  it("are taken over from a member that is frozen, which does nothing more for them when it wakes", async () => {
    const child = new Member(server.url, "quality", "child", PARTITIONS);
    children.push(child);
    await until(() => child.said.some(({ gained }) => gained !== undefined));
    await join("a");
    await settled(8);
    await until(() => child.said.some(({ kept }) => kept));
    child.signal("SIGSTOP");
    const frozen = Date.now();
    await settled(16);
    expect(Date.now() - frozen).toBeLessThan(TAKEN_OVER);
    const taken = new Map(epochs);
    await Promise.all(claims);
    const woken = Date.now();
    child.signal("SIGCONT");
    await settled(8);
    const since = () => child.said.filter(({ at }) => at >= woken);
    await until(() => since().some(({ acted }) => acted !== undefined));
    expect(since().some(({ lost }) => lost !== undefined)).toBe(true);
    // It came by some of them again, in epochs of their own.
    for (const { acted, epoch } of since()) {
      if (acted !== undefined) expect(epoch).toBeGreaterThan(taken.get(acted)!);
    }
    // What it saves in the old epochs is not kept: but for one perhaps, whose answer waited for it.
    const again = since().findIndex(({ gained }) => gained !== undefined);
    const saves = since()
      .slice(0, again)
      .filter(({ kept }) => kept !== undefined);
    expect(saves.filter(({ kept }) => kept).length).toBeLessThanOrEqual(1);
    expect(saves.some(({ kept }) => !kept)).toBe(true);
  });

  it("are refused to a group with another number of them", async () => {
    await join("a");
    await settled(16);
    await expect(join("b", systemClock, 32)).rejects.toThrow(
      'group "quality" shares 16 partitions, and 32 are asked for: go back to 16',
    );
  });
});
