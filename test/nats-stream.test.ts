import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { layoutOf } from "../src/connections/nats/layout.js";
import { type Nats, openNats } from "../src/connections/nats/open.js";
import { openStream } from "../src/connections/nats/stream.js";
import { silentLog } from "../src/streams/contract/context.js";
import { partitionOf } from "../src/streams/record/partition.js";
import { freePort } from "./free-port.js";
import { natsSettings, NatsServer, natsSuite, natsTitle } from "./nats-server.js";
import { Program, until } from "./program.js";

const forEver = new AbortController().signal;
const WEEK = { maxAge: 7 * 24 * 3600_000, maxBytes: 0, replicas: 1 };

natsSuite(natsTitle("a connection to a nats-server"), () => {
  it("waits for a server that is not there yet, and comes back after its restart", async () => {
    const said: string[] = [];
    const log = { ...silentLog, warn: (text: string) => said.push(text), info: (text: string) => said.push(text) };
    const server = await NatsServer.start();
    await server.kill("SIGTERM");
    const opening = openNats({ ...natsSettings(server.url), log }, forEver);
    await until(() => said.length > 0);
    await server.run();
    const nats = await opening;
    await server.kill("SIGKILL");
    await until(() => said.filter((text) => text.includes("away")).length === 2);
    await server.run();
    await until(() => said.includes("NATS is back"));
    expect(await nats.streams.getAccountInfo()).toBeDefined();
    await nats.close();
    await server.remove();
  });

  it("is tried by the doctor", async () => {
    const folder = await mkdtemp(join(tmpdir(), "doctor-"));
    const server = await NatsServer.start();
    const program = new Program({ NATS_URL: server.url, STATE_DIR: folder, LOG_LEVEL: "error" }, ["doctor"]);
    expect(await program.ended).toMatchObject({ code: 0 });
    expect(program.stdout).toMatch(
      /^✓ nats +nats:.* lets us in, nats-server \d+\.\d+\.\d+, JetStream holds 0 streams/m,
    );
    await server.remove();
    await rm(folder, { recursive: true });
  });

  it("gives up when it is told to stop", async () => {
    const stop = new AbortController();
    const opening = openNats(natsSettings(`nats://127.0.0.1:${await freePort()}`), stop.signal);
    stop.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
  });

  it("says who was refused", async () => {
    const server = await NatsServer.start(['authorization { user: farm, password: "right" }']);
    const opening = openNats({ ...natsSettings(server.url), username: "farm", password: "wrong" }, forEver);
    await expect(opening).rejects.toThrow(/refused the login for user "farm"; check NATS_USERNAME/);
    const nats = await openNats(natsSettings(server.url.replace("//", "//farm:right@")), forEver);
    expect(nats.address).toBe(server.url);
    await nats.close();
    await server.remove();
  });

  it("says that JetStream is off, or the server too old", async () => {
    for (const [info, message] of [
      [{ version: "2.9.10" }, "JetStream off; start it with --jetstream"],
      [{ version: "2.1.9", jetstream: true }, "is 2.1.9; it must be 2.9.0 or later"],
    ] as const) {
      const port = await freePort();
      const old = createServer((socket) => {
        socket.write(`INFO ${JSON.stringify({ max_payload: 1024, ...info })}\r\n`);
        socket.on("data", (data) => data.includes("PING") && socket.write("PONG\r\n"));
      }).listen(port, "127.0.0.1");
      await expect(openNats(natsSettings(`nats://127.0.0.1:${port}`), forEver)).rejects.toThrow(message);
      old.close();
    }
  });
});

natsSuite(natsTitle("a stream on a nats-server"), () => {
  let server: NatsServer;
  let nats: Nats;
  beforeAll(async () => {
    // The server's own partitioning, for the test that ours is the same.
    server = await NatsServer.start([
      'mappings { "one.*": "p64.{{partition(64,1)}}", "two.*.*": "p8.{{partition(8,1,2)}}.{{wildcard(1)}}.{{wildcard(2)}}" }',
    ]);
    nats = await openNats(natsSettings(server.url), forEver);
  });
  afterAll(async () => {
    await nats.close();
    await server.remove();
  });

  it("is made once, and takes another retention", async () => {
    const layout = layoutOf("sensors", 64);
    await openStream(nats, layout, WEEK);
    await openStream(nats, layout, WEEK);
    await openStream(nats, layout, { ...WEEK, maxAge: 3600_000, maxBytes: 1_000_000 });
    const { config } = await nats.streams.streams.info("layerstream-sensors");
    expect(config).toMatchObject({ max_age: 3600e9, max_bytes: 1_000_000, subjects: ["layerstream.sensors.*.*"] });
  });

  it("is refused with another number of partitions", async () => {
    await openStream(nats, layoutOf("fixed", 64), WEEK);
    await expect(openStream(nats, layoutOf("fixed", 32), WEEK)).rejects.toThrow(
      /stream "layerstream-fixed" on the nats-server has description ".*64 partitions.*" where ".*32 partitions/,
    );
  });

  it("is refused where the server cannot keep it so", async () => {
    await expect(openStream(nats, layoutOf("safe", 4), { ...WEEK, replicas: 3 })).rejects.toThrow(
      /nats-server refuses the stream "layerstream-safe": replicas > 1 not supported/,
    );
  });

  it("has the partitions that the server itself would choose", async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `printer_${i * 7}-ä${i % 5}`);
    const partitions = new Map<string, number>();
    const take = (_: Error | null, message: { subject: string; string(): string }) => {
      partitions.set(message.string(), Number(message.subject.split(".")[1]));
    };
    nats.connection.subscribe("p64.*", { callback: take });
    nats.connection.subscribe("p8.*.*.*", { callback: take });
    await nats.connection.flush();
    for (const key of keys) {
      nats.connection.publish(`one.${key}`, key);
      nats.connection.publish(`two.site.${key}`, `site/${key}`);
    }
    await until(() => partitions.size === 2 * keys.length);
    for (const key of keys) {
      expect(partitions.get(key)).toBe(partitionOf(key, 64));
      // Of several tokens the server hashes what they make together, with nothing between.
      expect(partitions.get(`site/${key}`)).toBe(partitionOf(`site${key}`, 8));
    }
  });
});
