import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { type Claim, FencedError, openCheckpoints } from "../src/connections/nats/checkpoints.js";
import type { Nats } from "../src/connections/nats/open.js";
import { NatsServer, natsSuite, natsTitle, openTestNats } from "./nats-server.js";

const OPTIONS = { group: "farm", pipeline: "quality", replicas: 1 };
const STREAM = "KV_layerstream-farm-checkpoints";
const state = (text: string) => new Uint8Array(Buffer.from(text));
const textOf = ({ state }: Claim) => state && Buffer.from(state).toString();

natsSuite(natsTitle("checkpoints on a nats-server"), () => {
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
  const messages = async () => (await nats.streams.streams.info(STREAM)).state.messages;

  it("go from one owner to the next, over a restart of the server", async () => {
    const checkpoints = await openCheckpoints(nats, OPTIONS);
    const first = await checkpoints.claim(3, 1);
    expect(first.state).toBeUndefined();
    await first.save(state("one"));
    await first.save(state("two"));
    await server.kill("SIGKILL");
    await server.run();
    const other = await openTestNats(server.url);
    const second = await (await openCheckpoints(other, OPTIONS)).claim(3, 2);
    expect(textOf(second)).toBe("two");
    expect((await (await openCheckpoints(other, OPTIONS)).claim(4, 1)).state).toBeUndefined();
    await other.close();
  });

  it.each([1, 600_000])(
    "refuse those of an owner that was taken over from, of %d bytes, and leave nothing",
    async (size) => {
      const checkpoints = await openCheckpoints(nats, OPTIONS);
      const zombie = await checkpoints.claim(0, 5);
      await zombie.save(state("before"));
      await checkpoints.claim(0, 6);
      await expect(zombie.save(new Uint8Array(randomBytes(size)))).rejects.toThrow(FencedError);
      expect(textOf(await checkpoints.claim(0, 7))).toBe("before");
      expect(await messages()).toBe(1);
    },
  );

  it("are those of the newest owner", async () => {
    const checkpoints = await openCheckpoints(nats, OPTIONS);
    const zombie = await checkpoints.claim(0, 5);
    await zombie.save(state("before"));
    const owner = await checkpoints.claim(0, 6);
    await expect(zombie.save(state("stale"))).rejects.toThrow(FencedError);
    await owner.save(state("after"));
    await expect(zombie.save(state("stale"))).rejects.toThrow('epoch 5 of "quality.0" is over');
    await expect(checkpoints.claim(0, 5)).rejects.toThrow('epoch 5 of "quality.0" is over, 6 runs');
    const next = await checkpoints.claim(0, 7);
    expect(textOf(next)).toBe("after");
    expect(await messages()).toBe(1);
  });

  it("can be claimed once more by the owner, which goes on with what it saved itself", async () => {
    const checkpoints = await openCheckpoints(nats, OPTIONS);
    await (await checkpoints.claim(2, 1)).save(state("first run"));
    const again = await checkpoints.claim(2, 1);
    expect(textOf(again)).toBe("first run");
    await again.save(state("second run"));
    expect(textOf(await checkpoints.claim(2, 1))).toBe("second run");
    expect(await messages()).toBe(1);
  });

  it("let one of two win that claim at once", async () => {
    const checkpoints = await openCheckpoints(nats, OPTIONS);
    const claims = await Promise.all(
      [checkpoints.claim(1, 1), checkpoints.claim(1, 2)].map((one) => one.catch(() => undefined)),
    );
    const saved = await Promise.allSettled(
      claims.map((one) => one?.save(state("x")) ?? Promise.reject(new Error("not claimed"))),
    );
    expect(saved.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });

  it("hold states of several megabytes, and one at a time", async () => {
    const checkpoints = await openCheckpoints(nats, OPTIONS);
    const claim = await checkpoints.claim(2, 1);
    const large = new Uint8Array(randomBytes(5_000_000));
    for (let n = 0; n < 4; n++) await claim.save(large);
    expect(await messages()).toBe(1 + Math.ceil(5_000_000 / (512 * 1024)));
    const next = await checkpoints.claim(2, 2);
    expect(Buffer.compare(next.state!, large)).toBe(0);
    await next.save(new Uint8Array());
    expect((await checkpoints.claim(2, 3)).state).toEqual(new Uint8Array());
    expect(await messages()).toBe(1);
  });

  it("may be saved again where the server did not answer", async () => {
    const checkpoints = await openCheckpoints(nats, OPTIONS);
    const claim = await checkpoints.claim(0, 1);
    await claim.save(state("one"));
    server.freeze();
    const failing = claim.save(state("two"));
    await expect(failing).rejects.toThrow("timeout");
    server.thaw();
    await claim.save(state("three"));
    expect(textOf(await checkpoints.claim(0, 2))).toBe("three");
    expect(await messages()).toBe(1);
  });

  it("say that a state is damaged", async () => {
    const checkpoints = await openCheckpoints(nats, OPTIONS);
    const claim = await checkpoints.claim(0, 1);
    await claim.save(new Uint8Array(randomBytes(600_000)));
    await nats.streams.streams.purge(STREAM, { filter: "$KV.layerstream-farm-checkpoints.quality.0.*.*" });
    await expect(checkpoints.claim(0, 2)).rejects.toThrow(/"quality.0" in .* is damaged; delete that key/);
  });
});
