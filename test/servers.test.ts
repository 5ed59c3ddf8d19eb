import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";
import { startVictoriaMetrics, victoriaMetricsProgram, type VictoriaMetrics } from "./victoria-metrics.js";

const QUALITY = fileURLToPath(new URL("../config/pipelines/quality.yaml", import.meta.url));
const PASSWORD = "password-not-to-be-seen";
const TOKEN = "token-not-to-be-seen";
/** Longer than the pauses between attempts to reach a server. */
const PATIENT = 90_000;

const installed = mosquittoProgram !== undefined && victoriaMetricsProgram !== undefined;
const suite = installed ? describe : describe.skip;
const title = installed
  ? "the program with a broker and a database"
  : "SKIPPED, NO mosquitto OR NO victoria-metrics ON THIS MACHINE: the program with a broker and a database";

suite(title, () => {
  let folder: string;
  let broker: Mosquitto;
  let database: VictoriaMetrics;
  let settings: Record<string, string>;
  const ends: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "servers-"));
    broker = await Mosquitto.start({ mlops_user: PASSWORD });
    database = await startVictoriaMetrics(victoriaMetricsProgram!);
    settings = {
      STATE_DIR: folder,
      MQTT_URL: broker.url,
      MQTT_PASSWORD: PASSWORD,
      INFLUXDB_URL: database.url,
      INFLUXDB_TOKEN: TOKEN,
    };
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await broker.remove();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function meet(...filters: string[]): Promise<Outsider> {
    // With a session that the broker keeps, so that nothing is missed while it restarts.
    const session = { clientId: `outsider-${ends.length}`, clean: false };
    const login = { username: "mlops_user", password: PASSWORD };
    const outsider = await Outsider.join(broker.url, filters, { ...session, ...login });
    ends.push(() => outsider.leave());
    return outsider;
  }

  /** Resolves when it reads what is published. */
  async function start(printers: Outsider, more: Record<string, string> = {}): Promise<Program> {
    const program = new Program({ ...settings, ...more }, ["run", QUALITY]);
    ends.push(() => program.end("SIGKILL"));
    const http = String((await program.line("running")).http);
    const reading = /^layerstream_records_in_total\{pipeline="quality",node="rough",role="operator"\} [1-9]/m;
    await until(async () => {
      await printers.publish("printing/first/sensor", sensorReading("first", 30));
      return reading.test(await (await fetch(`${http}/metrics`)).text());
    });
    return program;
  }

  /** Roughness as the database has it, by printer. */
  async function stored(prefix: string): Promise<Map<string, { values: readonly number[]; times: readonly number[] }>> {
    const series = await database.series("printer_sensor_roughness");
    return new Map(
      series
        .filter(({ metric }) => metric.printer_id!.startsWith(prefix))
        .map(({ metric, values, timestamps }) => [metric.printer_id!, { values, times: timestamps }]),
    );
  }

  /** What a run said that was not good news, as `message: reason`. */
  function troubles(program: Program): string[] {
    expect(program.output).not.toMatch(/^\s+at /m);
    expect(program.output).not.toContain(PASSWORD);
    expect(program.output).not.toContain(TOKEN);
    return program.log
      .filter(({ level }) => level !== "info")
      .map(({ message, reason }) => `${message}: ${String(reason)}`);
  }

  it("answers each of 200 rough printers, and stores each reading once, however often it is sent", async () => {
    const printers = await meet("printer/control/+");
    const program = await start(printers);
    const time = Date.now();
    const rough = Array.from({ length: 200 }, (_, i) => `rough_${i}`);
    for (let sent = 0; sent < 2; sent++)
      await Promise.all(rough.map((id) => printers.publish(`printing/${id}/sensor`, sensorReading(id, 80, time))));
    await until(() => printers.heard.length >= rough.length);
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
    expect(printers.heard.map(({ topic }) => topic).sort()).toEqual(rough.map((id) => `printer/control/${id}`).sort());
    expect(printers.heard.every(({ text }) => text.startsWith('{"speed":50,'))).toBe(true);
    // The database shows a new series up to a second after it has taken its rows.
    await until(async () => (await stored("rough_")).size >= rough.length);
    const rows = await stored("rough_");
    expect([...rows.keys()].sort()).toEqual([...rough].sort());
    expect([...rows.values()]).toEqual(rough.map(() => ({ values: [80], times: [time] })));
    const feedback = async () => (await database.series("printer_feedback_speed")).flatMap(({ values }) => values);
    await until(async () => (await feedback()).length >= rough.length);
    expect(await feedback()).toEqual(rough.map(() => 50));
    expect(troubles(program)).toEqual([]);
  });

  it("stores what both models say of a printer, once for each window", async () => {
    const printers = await meet();
    const program = await start(printers);
    const begin = Date.now() - 60_000;
    const readings = Array.from({ length: 50 }, (_, i) => sensorReading("steady", 30 + (i % 5), begin + i * 1000));
    for (const reading of [...readings, ...readings]) await printers.publish("printing/steady/sensor", reading);
    await until(async () => (await stored("steady")).get("steady")?.values.length === readings.length);
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
    for (const field of ["anomaly_score", "roughness"]) {
      const predictions = async () =>
        (await database.series(`printer_prediction_${field}`)).find(({ metric }) => metric.printer_id === "steady");
      // The first windows do not reach over enough, and are kept back; the last ones are still open, for the next run.
      await until(async () => ((await predictions())?.values.length ?? 0) >= readings.length - 16 - 6);
      const steady = await predictions();
      expect(new Set(steady!.timestamps).size).toBe(steady!.timestamps.length);
      expect(steady!.values.every(Number.isFinite)).toBe(true);
    }
    expect(troubles(program)).toEqual([]);
  });

  it(
    "says once that the database is away, answers printers meanwhile, and stores all when it is there",
    async () => {
      await database.stop();
      const printers = await meet("printer/control/+");
      const program = await start(printers);
      const send = async (phase: string) => {
        const before = printers.heard.length;
        const ids = Array.from({ length: 50 }, (_, i) => `${phase}_${i}`);
        await Promise.all(ids.map((id) => printers.publish(`printing/${id}/sensor`, sensorReading(id, 80))));
        await until(() => printers.heard.length === before + ids.length);
      };
      await send("before");
      await program.line("cannot write, trying again");
      await database.run();
      await until(async () => (await stored("before")).size === 50);
      await send("between");
      await until(async () => (await stored("between")).size === 50);
      await database.stop();
      await send("without");
      await until(() => program.logged("cannot write, trying again").length === 2);
      await database.run();
      await until(async () => (await stored("without")).size === 50);
      expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
      for (const { values } of (await stored("")).values())
        expect(values).toHaveLength(values[0] === 80 ? 1 : values.length);
      expect(program.logged("ended")).toEqual([expect.objectContaining({ unwritten: 0, dead: 0 })]);
      const refused = /connect ECONNREFUSED|socket hang up|ECONNRESET/;
      expect(troubles(program)).toEqual([
        expect.stringMatching(/^database is away, rows wait for it: InfluxDB at .* connect ECONNREFUSED/),
        expect.stringMatching(/^cannot write, trying again: connect ECONNREFUSED/),
        expect.stringMatching(refused),
      ]);
    },
    PATIENT,
  );

  it(
    "says that the broker is away, comes back with it, and has every reading that it took",
    async () => {
      const printers = await meet("printer/control/+");
      const program = await start(printers);
      const sent = new Map<string, number>();
      const enough = new AbortController();
      // Goes on publishing over the restart; each is acknowledged before the next.
      const publishing = (async () => {
        for (let i = 0; !enough.signal.aborted; i++) {
          const id = `over_${i}`;
          await printers.publish(`printing/${id}/sensor`, sensorReading(id, 80));
          sent.set(id, i);
        }
      })();
      await until(() => sent.size > 100);
      await broker.kill("SIGTERM");
      await program.line("MQTT broker is away, trying again");
      const then = sent.size;
      await broker.run();
      await program.line("MQTT broker is back");
      await until(() => sent.size > then + 100);
      enough.abort();
      await publishing;
      await until(async () => (await stored("over_")).size === sent.size);
      await until(() => new Set(printers.on("printer/control/").map(({ topic }) => topic)).size === sent.size);
      expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
      expect(program.logged("MQTT broker is back")).toHaveLength(1);
      for (const trouble of troubles(program))
        // The second is an adjustment that was on its way.
        expect(trouble).toMatch(/^(MQTT broker is away|cannot write), trying again/);
    },
    PATIENT,
  );

  it("leaves `online` with the broker, and `offline` when it is killed", async () => {
    const watcher = await meet("layerstream/status");
    const program = await start(watcher);
    expect(await program.end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
    await until(() => watcher.heard.length === 2);
    expect(watcher.heard.map(({ text }) => text)).toEqual(["online", "offline"]);
    const late = await meet("layerstream/status");
    await until(() => late.heard.length === 1);
    expect(late.heard).toEqual([{ topic: "layerstream/status", text: "offline", qos: 1, retain: true }]);
  });

  it("writes neither password nor token at the most talkative log level", async () => {
    await database.stop();
    const printers = await meet("printer/control/+");
    const program = await start(printers, { LOG_LEVEL: "debug" });
    await printers.publish("printing/rough/sensor", sensorReading("rough", 80));
    await printers.publish("printing/broken/sensor", { timestamp: PASSWORD });
    await broker.kill("SIGTERM");
    await program.line("MQTT broker is away, trying again");
    await broker.run();
    await program.line("MQTT broker is back");
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
    expect(program.output).toContain("cannot write, trying again");
    expect(program.output).not.toContain(PASSWORD);
    expect(program.output).not.toContain(TOKEN);
  });
});
