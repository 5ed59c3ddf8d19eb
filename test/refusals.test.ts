import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoopbackInflux, startLoopbackInflux } from "./loopback-influx.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { Program, until } from "./program.js";

const PASSWORD = "password-not-to-be-seen";
const TOKEN = "token-not-to-be-seen";
/** Nothing listens on port 1, and names below .invalid are never given out (RFC 6761). */
const NOWHERE = { broker: "mqtt://127.0.0.1:1", nats: "nats://127.0.0.1:1", database: "http://127.0.0.1:1" };
const UNKNOWN = { broker: "mqtt://broker.invalid", database: "http://database.invalid:8086" };

const suite = mosquittoProgram ? describe : describe.skip;

suite(mosquittoProgram ? "wrong settings" : "SKIPPED, NO mosquitto ON THIS MACHINE: wrong settings", () => {
  let folder: string;
  let broker: Mosquitto;
  let database: LoopbackInflux;
  let right: Record<string, string>;
  const programs: Program[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "refusals-"));
    broker = await Mosquitto.start({ mlops_user: PASSWORD });
    database = await startLoopbackInflux();
    right = {
      STATE_DIR: folder,
      MQTT_URL: broker.url,
      MQTT_PASSWORD: PASSWORD,
      INFLUXDB_URL: database.url,
      INFLUXDB_TOKEN: TOKEN,
    };
    database.decide = ({ headers, url }) => {
      if (headers.authorization !== `Token ${TOKEN}`) return { status: 401, body: "unauthorized access" };
      if (url.searchParams.get("bucket") !== "printing_metrics") return { status: 404, body: "bucket not found" };
      return undefined;
    };
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) {
      await program.end("SIGKILL");
      expect(program.output).not.toContain(PASSWORD);
      expect(program.output).not.toContain(TOKEN);
      expect(program.output).not.toMatch(/^\s+at /m);
    }
    await broker.remove();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(wrong: Record<string, string>, ...args: string[]): Program {
    const program = new Program({ ...right, ...wrong }, args);
    programs.push(program);
    return program;
  }

  it.each([
    ["a password", { MQTT_PASSWORD: "wrong" }, /refuses the login of "mlops_user" .*MQTT_USERNAME and MQTT_PASSWORD$/],
    ["a token", { INFLUXDB_TOKEN: "wrong" }, /InfluxDB at .* does not know the token; set INFLUXDB_TOKEN/],
    ["a bucket", { INFLUXDB_BUCKET: "nope" }, /no bucket "nope" in organisation "layerstream" .*INFLUXDB_BUCKET/],
  ])("end the run with one line: %s", async (_, wrong, line) => {
    const program = start(wrong);
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.log.filter(({ level }) => level !== "info")).toEqual([
      { level: "", message: expect.stringMatching(line) },
    ]);
  });

  it.each([
    [{ MQTT_URL: NOWHERE.broker }, "MQTT broker is away, trying again", "nothing listens there"],
    [{ MQTT_URL: UNKNOWN.broker }, "MQTT broker is away, trying again", /^unknown host/],
    [{ INFLUXDB_URL: NOWHERE.database }, "database is away, rows wait for it", /ECONNREFUSED/],
    [{ INFLUXDB_URL: UNKNOWN.database }, "database is away, rows wait for it", /database\.invalid/],
  ])("are waited on where they may only be early: %j", async (wrong, message, reason) => {
    const program = start(wrong);
    await program.line("running");
    const line = await program.line(message);
    expect(line).toMatchObject({ level: "warn", reason: expect.stringMatching(reason) });
    await program.line("cannot write, trying again");
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
    expect(program.logged(message)).toHaveLength(1);
  });

  it("that turn wrong in the middle of a run are said, and nothing is lost when they are right again", async () => {
    const program = start({});
    await until(() => database.points().length > 100);
    const { decide } = database;
    database.decide = () => ({ status: 401, body: "unauthorized access" });
    expect(await program.line("cannot write, trying again")).toMatchObject({
      reason: expect.stringMatching(/set INFLUXDB_TOKEN/),
    });
    database.decide = decide;
    await program.line("writing again");
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
    expect(program.logged("ended")).toEqual([expect.objectContaining({ unwritten: 0, dead: 0 })]);
  });

  describe("in the eyes of the doctor", () => {
    async function findings(wrong: Record<string, string>) {
      const program = start({ LOG_LEVEL: "error", ...wrong }, "doctor");
      const { code } = await program.ended;
      return { code, lines: program.stdout.trimEnd().split("\n"), log: program.log };
    }

    it("are none where all is well", async () => {
      expect(await findings({})).toEqual({
        code: 0,
        lines: ["pipelines", "broker", "nats", "database", "models", "disk"].map((what) =>
          expect.stringMatching(`^✓ ${what} .`),
        ),
        log: [],
      });
    });

    it.each([
      [
        "broker",
        { MQTT_URL: NOWHERE.broker },
        /nothing listens there; see that the broker runs and MQTT_URL names it$/,
      ],
      ["broker", { MQTT_URL: UNKNOWN.broker }, /unknown host.*; see that the broker runs and MQTT_URL names it$/],
      ["broker", { MQTT_PASSWORD: "wrong" }, /check MQTT_USERNAME and MQTT_PASSWORD$/],
      ["nats", { NATS_URL: NOWHERE.nats }, /connection refused; see that it runs and NATS_URL names it$/],
      ["nats", { NATS_URL: NOWHERE.nats, NATS_CA: "/no/ca.pem" }, /NATS_CA "\/no\/ca.pem" cannot be read/],
      ["database", { INFLUXDB_URL: NOWHERE.database }, /; see that the server runs and INFLUXDB_URL names it$/],
      ["database", { INFLUXDB_URL: UNKNOWN.database }, /; see that the server runs and INFLUXDB_URL names it$/],
      ["database", { INFLUXDB_TOKEN: "wrong" }, /does not know the token; set INFLUXDB_TOKEN/],
      ["database", { INFLUXDB_BUCKET: "nope" }, /no bucket "nope".*create it, or set INFLUXDB_BUCKET/],
      ["disk", { STATE_DIR: "/dev/null/no" }, /STATE_DIR "\/dev\/null\/no" cannot be written to/],
      ["disk", { STATE_DIR: "/proc/nope" }, /STATE_DIR "\/proc\/nope" cannot be written to/],
    ])("are one line: %s %j", async (what, wrong, mend) => {
      const { code, lines, log } = await findings(wrong);
      expect([code, log]).toEqual([1, []]);
      expect(lines).toHaveLength(6);
      expect(lines.filter((line) => !line.startsWith("✓"))).toEqual([expect.stringMatching(mend)]);
      expect(lines.find((line) => line.startsWith("✗"))).toMatch(new RegExp(`^✗ ${what} `));
    });
  });
});
