import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HOSTILE, HUGE } from "../hostile.js";
import { Influxd, influxdProgram } from "../influxd.js";
import { pointsIn } from "../line-reader.js";
import { type LoopbackInflux, startLoopbackInflux } from "../loopback-influx.js";
import { Mosquitto } from "../mosquitto.js";
import { Outsider, sensorReading } from "../outsider.js";
import { Program, until } from "../program.js";
import { Telegraf, telegrafSuite, telegrafTitle } from "../telegraf.js";
import { READINGS } from "./readings.js";

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const QUALITY = file("config/pipelines/quality.yaml");
const USERS = { mlops_user: "processor-password", telegraf: "telegraf-password", operator: "operator-password" };
const TOKEN = "token-of-tests";

telegrafSuite(telegrafTitle("config/telegraf.conf"), () => {
  let broker: Mosquitto;
  let printers: Outsider;
  const ends: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    const [access, configuration] = await Promise.all(
      ["config/acl", "config/mosquitto.conf"].map((path) => readFile(file(path), "utf8")),
    );
    const limits = configuration!.split("\n").filter((line) => line.startsWith("max_"));
    broker = await Mosquitto.start(USERS, access, [...limits, "sys_interval 1"]);
    ends.push(() => broker.remove());
    printers = await Outsider.join(broker.url, [], { username: "operator", password: USERS.operator });
    ends.push(() => printers.leave());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function loopback(): Promise<LoopbackInflux> {
    const server = await startLoopbackInflux();
    ends.push(() => server.close());
    return server;
  }

  async function telegraf(url: string, env: Readonly<Record<string, string>> = {}): Promise<Telegraf> {
    const secrets = { influxdb_token: TOKEN, mqtt_telegraf_password: USERS.telegraf };
    const started = await Telegraf.start(secrets, { MQTT_URL: broker.url, INFLUXDB_URL: url, ...env });
    ends.push(() => started.close());
    return started;
  }

  async function processor(url: string): Promise<Program> {
    const folder = await mkdtemp(join(tmpdir(), "beside-telegraf-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const { url: MQTT_URL } = broker;
    const settings = { STATE_DIR: folder, MQTT_URL, MQTT_PASSWORD: USERS.mlops_user, INFLUXDB_URL: url };
    const program = new Program({ ...settings, INFLUXDB_TOKEN: TOKEN }, ["run", QUALITY]);
    ends.push(() => program.end("SIGKILL"));
    await program.line("running");
    return program;
  }

  /** Those of a measurement; the lines of others are not even read. */
  const of = (measurement: string, lines: readonly string[]) =>
    pointsIn(lines.filter((line) => line.startsWith(measurement)));
  const sensor = (lines: readonly string[]) => of("printer_sensor", lines);
  /** Resolves when all of them take in what is sent: they subscribe a moment after they say that they run. */
  async function listening(...servers: readonly LoopbackInflux[]): Promise<void> {
    const first = sensorReading("first", 1);
    await until(async () => {
      await printers.publish("printing/first/sensor", first);
      return servers.every((server) => sensor(server.points()).length > 0);
    });
  }

  /** Sends a last reading and waits until both have it: what came before is there as well. */
  async function settled(...servers: readonly LoopbackInflux[]): Promise<void> {
    await printers.publish("printing/last/sensor", sensorReading("last", 1));
    const last = ({ tags }: { readonly tags: Readonly<Record<string, string>> }) => tags["printer_id"] === "last";
    await until(() => servers.every((server) => sensor(server.points()).some(last)));
  }

  it("makes of each reading the point that the processor makes, and of no other message any", async () => {
    const [ours, theirs] = [await loopback(), await loopback()];
    const { http } = await (await processor(ours.url)).line("running");
    const collector = await telegraf(theirs.url, { PROCESSOR_URL: `${String(http)}/metrics` });
    await listening(ours, theirs);
    for (const { id, text } of READINGS) await printers.publish(`printing/${id}/sensor`, text);
    const hostile = HOSTILE.filter(({ payload }) => payload.length < HUGE);
    for (const { id, payload } of hostile) await printers.publish(`printing/${id}/sensor`, payload);
    await settled(ours, theirs);
    const expected = sensor(ours.points());
    expect(expected.length).toBeGreaterThan(READINGS.length / 2);
    expect(sensor(theirs.points())).toEqual(expected);
    expect(collector.troubles).toEqual([]);
    const [write] = theirs.requests;
    expect(Object.fromEntries(write!.url.searchParams)).toMatchObject({
      org: "layerstream",
      bucket: "printing_metrics",
    });
    expect(write!.headers.authorization).toBe(`Token ${TOKEN}`);
  });

  it("writes what the broker, the processor and the machine say of themselves", async () => {
    const [ours, theirs] = [await loopback(), await loopback()];
    const { http } = await (await processor(ours.url)).line("running");
    await telegraf(theirs.url, { PROCESSOR_URL: `${String(http)}/metrics`, STACK_HOST: "hall-1", COLLECT_EVERY: "1s" });
    await settled(theirs);
    const found = (name: string, field: string) => of(name, theirs.points()).find(({ fields }) => field in fields);
    await until(() =>
      [
        ["mosquitto", "clients_connected"],
        ["mosquitto", "load_messages_received_1min"],
        ["layerstream", "layerstream_records_in_total"],
        ["cpu", "usage_idle"],
        ["internal_write", "buffer_size"],
      ].every(([name, field]) => found(name!, field!) !== undefined),
    );
    expect(found("mosquitto", "publish_messages_dropped")).toMatchObject({
      tags: {},
      fields: { publish_messages_dropped: 0 },
    });
    expect(found("layerstream", "layerstream_records_in_total")!.tags).toEqual({
      address: "127.0.0.1",
      node: expect.any(String),
      pipeline: "quality",
      role: expect.any(String),
    });
    expect(found("cpu", "usage_idle")!.tags).toEqual({ cpu: "cpu-total", host: "hall-1" });
  });

  it("is tried by telegraf --test, beside the one that runs and without taking anything from it", async () => {
    const server = await loopback();
    const collector = await telegraf(server.url);
    await listening(server);
    const tried = collector.test("--test-wait", "3");
    const begin = Date.now();
    let sent = 0;
    const over = new AbortController();
    void tried.then(() => over.abort());
    // Each has a time of its own, or it would be the same point.
    for (; !over.signal.aborted; sent++) {
      await printers.publish("printing/tried/sensor", sensorReading("tried", sent, begin + sent));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { lines } = await tried;
    expect(lines.some((line) => /^> printer_sensor,printer_id=tried .*roughness=\d/.test(line))).toBe(true);
    expect(lines.some((line) => line.startsWith("> cpu,"))).toBe(true);
    const kept = () => sensor(server.points()).filter(({ tags }) => tags["printer_id"] === "tried");
    await until(() => kept().length === sent);
  });

  it("goes on when the broker or the database was away", async () => {
    const server = await loopback();
    await telegraf(server.url);
    const arrives = async (roughness: number) => {
      const there = () => sensor(server.points()).some(({ fields }) => fields["roughness"] === roughness);
      await until(async () => {
        await printers.publish("printing/back/sensor", sensorReading("back", roughness));
        return there();
      });
    };
    await arrives(1);
    await broker.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await broker.run();
    await arrives(2);
    server.decide = () => ({ status: 503 });
    await printers.publish("printing/kept/sensor", sensorReading("kept", 3));
    const before = server.requests.length;
    await until(() => server.requests.length > before + 1);
    server.decide = () => undefined;
    await until(() => sensor(server.points()).some(({ tags }) => tags["printer_id"] === "kept"));
  });

  (influxdProgram ? it : it.skip)("goes on behind a reading that the database refuses", async () => {
    const influxd = await Influxd.start();
    ends.push(() => influxd.close());
    const secrets = { influxdb_token: influxd.token, mqtt_telegraf_password: USERS.telegraf };
    const collector = await Telegraf.start(secrets, { MQTT_URL: broker.url, INFLUXDB_URL: influxd.url });
    ends.push(() => collector.close());
    const begin = Date.now() - 60_000;
    const send = (i: number, note: unknown) =>
      printers.publish("printing/typed/sensor", { ...sensorReading("typed", i, begin + i), note });
    const stored = async () => {
      const rows = await influxd.query(`from(bucket: "printing_metrics") |> range(start: -1h)
        |> filter(fn: (r) => r.printer_id == "typed" and r._field == "roughness") |> sort(columns: ["_time"])`);
      return rows.map(({ _value }) => _value);
    };
    await send(0, "a text");
    await until(async () => (await stored()).length === 1);
    // In one batch, or beside it, one that cannot be stored.
    await Promise.all([send(1, "another"), send(2, 5), send(3, "a third")]);
    await send(4, "a fourth");
    await until(async () => (await stored()).includes(4));
    expect(await stored()).toEqual(expect.arrayContaining([0, 1, 3, 4]));
    await until(() => collector.troubles.some((line) => line.includes("field type conflict")));
  });

  (influxdProgram ? it : it.skip)("shares a bucket with the processor, where each reading is there once", async () => {
    const influxd = await Influxd.start();
    ends.push(() => influxd.close());
    const database = { url: influxd.url, token: influxd.token };
    const folder = await mkdtemp(join(tmpdir(), "beside-telegraf-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const settings = { STATE_DIR: folder, MQTT_URL: broker.url, MQTT_PASSWORD: USERS.mlops_user };
    const program = new Program({ ...settings, INFLUXDB_URL: database.url, INFLUXDB_TOKEN: database.token }, [
      "run",
      QUALITY,
    ]);
    ends.push(() => program.end("SIGKILL"));
    await program.line("running");
    const secrets = { influxdb_token: database.token, mqtt_telegraf_password: USERS.telegraf };
    const collector = await Telegraf.start(secrets, {
      MQTT_URL: broker.url,
      INFLUXDB_URL: database.url,
      COLLECT_EVERY: "1s",
    });
    ends.push(() => collector.close());
    const begin = Date.now() - 60_000;
    for (let i = 0; i < 500; i++)
      await printers.publish(`printing/p${i % 5}/sensor`, sensorReading(`p${i % 5}`, i, begin + i * 7.25));
    const counts = () =>
      influxd.query(`from(bucket: "printing_metrics") |> range(start: -1h)
        |> filter(fn: (r) => r._measurement == "printer_sensor" and r._field == "roughness") |> count()`);
    // What Telegraf says of itself: it has written them too.
    const written = async () => {
      const rows = await influxd.query(`from(bucket: "printing_metrics") |> range(start: -1h)
        |> filter(fn: (r) => r._measurement == "internal_write" and r._field == "metrics_written") |> max()`);
      return Math.max(0, ...rows.map(({ _value }) => Number(_value)));
    };
    await until(async () => (await written()) >= 500);
    // Ends in good order, so that all is written.
    await program.end("SIGINT");
    expect((await counts()).map(({ _value }) => _value)).toEqual([100, 100, 100, 100, 100]);
  });
});
