import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readLetters } from "../src/cli/dead-letters/read.js";
import { type LoopbackInflux, startLoopbackInflux } from "./loopback-influx.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";

/** Every reading becomes a row, in writes of ten. */
const pipeline = (options = "") => `
name: farm
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"], limit: 50 }
operators:
  rough: { type: threshold, from: sensors, field: roughness, above: 75 }
sinks:
  control: { type: feedback, from: rough, adjust: { speed: 50 } }
  rows: { type: influxdb, from: sensors, batch: { size: 10, wait: 50ms } ${options} }
`;
/** A rough reading is answered within so many ms: less than any of the troubles lasts. */
const PROMPT = 1_500;

const suite = mosquittoProgram ? describe : describe.skip;

suite(mosquittoProgram ? "a database" : "SKIPPED, NO mosquitto ON THIS MACHINE: a database", () => {
  let folder: string;
  let broker: Mosquitto;
  let database: LoopbackInflux;
  let printers: Outsider;
  let program: Program;
  let http: string;
  /** What was published, as the rows that are to come of it. */
  let expected: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "database-"));
    broker = await Mosquitto.start();
    database = await startLoopbackInflux();
    printers = await Outsider.join(broker.url, ["printer/control/+"]);
    expected = [];
  });
  afterEach(async () => {
    await program.end("SIGKILL");
    await printers.leave();
    await broker.remove();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Resolves when the program has been given a first reading, which waits for it at the broker. */
  async function start(options?: string): Promise<void> {
    const file = join(folder, "farm.yaml");
    await writeFile(file, pipeline(options));
    await publish(1, { retain: true });
    program = new Program(
      { STATE_DIR: folder, MQTT_URL: broker.url, INFLUXDB_URL: database.url, INFLUXDB_TOKEN: "token-of-a-test" },
      [file],
    );
    http = String((await program.line("running")).http);
    await until(async () => (await metric("records_in_total")) >= 1);
  }

  /** The same, and its row has been written. */
  async function startWell(options?: string): Promise<void> {
    await start(options);
    await until(() => held().length === 1);
  }

  /** So many readings of three printers, in order. Resolves when the broker has them. */
  async function publish(count: number, { roughness = 20, retain = false } = {}): Promise<void> {
    for (let i = 0; i < count; i++) {
      const [printer, time] = [`printer_${expected.length % 3}`, Date.UTC(2026, 0, 1) + expected.length * 1000];
      expected.push(`${printer} ${time}`);
      await printers.publish(`printing/${printer}/sensor`, sensorReading(printer, roughness, time), retain);
    }
  }

  /** The points that it holds, as printer and time. */
  const held = (): string[] =>
    database.points().map((line) => line.replace(/^printer_sensor,printer_id=(\S+) .* (\d+)000000$/, "$1 $2"));

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${http}/metrics`)).text();
    return Number(new RegExp(`^layerstream_${name}\\{pipeline="farm",node="rows",.*\\} (.*)$`, "m").exec(text)![1]);
  }

  const letters = async () => {
    const all = [];
    for await (const letter of readLetters(join(folder, "journal"))) all.push(letter);
    return all;
  };

  async function end() {
    const exit = await program.end("SIGINT", 3_000);
    const [{ unwritten, dead }] = program.logged("ended") as unknown as [{ unwritten: number; dead: number }];
    return { ...exit, unwritten, dead };
  }

  describe("in trouble for a while holds up nothing and has every row once when it is over:", () => {
    it.each<[string, LoopbackInflux["decide"]]>([
      ["it hangs", () => "hang"],
      ["it takes two seconds", () => sleep(2_000, undefined)],
      ["it breaks the connection", () => "cut"],
      ["it takes the rows and breaks the connection", () => "lose"],
      ["it does not know the token", () => ({ status: 401 })],
      ["it lets us write nowhere", () => ({ status: 403 })],
      ["it has too much to do", () => ({ status: 429, headers: { "retry-after": "1" } })],
      ["it fails", () => ({ status: 500 })],
      ["it starts", () => ({ status: 503, headers: { "retry-after": "1" } })],
    ])("%s", async (_, trouble) => {
      await startWell();
      database.decide = trouble;
      await publish(35);
      await until(() => database.requests.length > 2);
      const asked = performance.now();
      await publish(1, { roughness: 80 });
      await until(() => printers.heard.length > 0);
      expect(performance.now() - asked).toBeLessThan(PROMPT);
      expect(await metric("records_in_flight")).toBeGreaterThan(5);
      expect(held().length).toBeLessThan(expected.length);

      database.decide = () => undefined;
      database.cutAll();
      await until(() => held().length === expected.length);
      expect(held().sort()).toEqual([...expected].sort());
      await until(async () => (await metric("records_in_flight")) === 0);
      expect(await metric("connected")).toBe(1);
      expect(await end()).toEqual({ code: 0, signal: null, unwritten: 0, dead: 0 });
    });

    it("it goes ten times, and comes back each time", async () => {
      await start();
      for (let i = 0; i < 10; i++) {
        database.decide = () => (i % 2 ? "cut" : { status: 503 });
        await publish(12);
        await until(async () => (await metric("connected")) === 0);
        database.decide = () => undefined;
        await until(() => held().length === expected.length);
      }
      expect(held().sort()).toEqual([...expected].sort());
      expect(await end()).toEqual({ code: 0, signal: null, unwritten: 0, dead: 0 });
    });
  });

  it("that says how long it wants to be left alone is left alone so long", async () => {
    await startWell();
    const asked: number[] = [];
    database.decide = () => {
      asked.push(performance.now());
      return asked.length < 3 ? { status: 429, headers: { "retry-after": "1" } } : undefined;
    };
    await publish(1);
    await until(() => held().length === 2);
    expect(asked[1]! - asked[0]!).toBeGreaterThan(990);
    expect(asked[2]! - asked[1]!).toBeGreaterThan(990);
  });

  it.each([400, 422, 413])(
    "that refuses a row for good with %d has the others, and the row is a dead letter",
    async (status) => {
      await start();
      database.decide = ({ lines }) =>
        lines.some((line) => line.endsWith(`${Date.UTC(2026, 0, 1) + 5000}000000`))
          ? { status, body: "not this" }
          : undefined;
      await publish(29);
      await until(() => held().length === 29);
      await until(async () => (await letters()).length > 0);
      expect(await letters()).toEqual([
        expect.objectContaining({ node: "rows", key: "printer_2", cause: expect.stringContaining("not this") }),
      ]);
      expect([...held(), "printer_2 1767225605000"].sort()).toEqual([...expected].sort());
      expect(await end()).toEqual({ code: 0, signal: null, unwritten: 0, dead: 1 });
    },
  );

  it("that takes few rows at a time gets few at a time", async () => {
    await start();
    database.decide = ({ lines }) => (lines.length > 3 ? { status: 413 } : undefined);
    await publish(29);
    await until(() => held().length === 30);
    expect(held().sort()).toEqual([...expected].sort());
    expect(await end()).toEqual({ code: 0, signal: null, unwritten: 0, dead: 0 });
  });

  it("that stays away has the oldest rows let go beyond the limit, which is counted and said", async () => {
    await startWell(", limit: 100, spool: 0");
    database.decide = () => "hang";
    await publish(10);
    await until(() => database.requests.length === 3);
    const inHand = database.requests[2]!.lines.length;
    await publish(300);
    await until(async () => (await metric("records_in_total")) === 311);
    expect(await metric("records_in_flight")).toBe(inHand + 100);
    expect(await metric("records_dropped_total")).toBe(210 - inHand);
    expect(program.logged("buffer full, oldest records let go")).toEqual([
      expect.objectContaining({ level: "error", node: "rows", limit: 100 }),
    ]);
    database.decide = () => undefined;
    database.cutAll();
    await until(() => held().length === 1 + inHand + 100);
    expect(held().sort()).toEqual([...expected.slice(0, 1 + inHand), ...expected.slice(-100)].sort());
    expect(await end()).toEqual({ code: 0, signal: null, unwritten: 210 - inHand, dead: 0 });
  });

  it("that stays away makes the broker keep the readings where the sink blocks, and then has all", async () => {
    await startWell(", limit: 100, overflow: block, spool: 0");
    database.decide = () => "hang";
    await publish(599);
    await program.line("reading is slower than messages come, the broker keeps the rest");
    expect(await metric("records_in_flight")).toBeLessThan(100 + 50 + 10);
    database.decide = () => undefined;
    database.cutAll();
    await until(() => held().length === 600);
    expect(held().sort()).toEqual([...expected].sort());
    expect(await end()).toEqual({ code: 0, signal: null, unwritten: 0, dead: 0 });
  });

  describe.each<[string, LoopbackInflux["decide"]]>([
    ["hangs", () => "hang"],
    ["is away", () => ({ status: 503, headers: { "retry-after": "60" } })],
    ["takes two seconds for ten rows", () => sleep(2_000, undefined)],
  ])("that %s", (_, trouble) => {
    it("holds up no Ctrl-C, and has the rows that it has not confirmed from the next run", async () => {
      await startWell();
      database.decide = trouble;
      await publish(200);
      await until(async () => (await metric("records_in_flight")) === 200);
      expect(await end()).toMatchObject({ code: 0, signal: null, unwritten: 0 });
      const kept = program.logged("stopped with records unwritten, they are kept on disk for the next run");
      expect(kept).toEqual([expect.objectContaining({ level: "warn", node: "rows" })]);
      expect(Number(kept[0]!.records) + Number(program.logged("ended")[0]!.written)).toBe(201);
      database.decide = () => undefined;
      await start();
      await until(() => held().length === expected.length);
      expect(held().sort()).toEqual([...expected].sort());
      expect(await end()).toEqual({ code: 0, signal: null, unwritten: 0, dead: 0 });
    });

    it("has every row once after kill -9 and another start", async () => {
      await startWell(", limit: 100");
      database.decide = trouble;
      await publish(400);
      await until(async () => (await metric("records_on_disk")) > 200);
      await program.end("SIGKILL");
      await publish(20);
      database.decide = () => undefined;
      database.cutAll();
      await start(", limit: 100");
      await publish(20);
      await until(() => held().length === expected.length);
      expect(held().sort()).toEqual([...expected].sort());
      await until(async () => (await metric("records_in_flight")) + (await metric("records_on_disk")) === 0);
      expect(await end()).toEqual({ code: 0, signal: null, unwritten: 0, dead: 0 });
    });

    it("holds up no Ctrl-C without a spool, and the rows that it has not confirmed are counted", async () => {
      await startWell(", spool: 0");
      database.decide = trouble;
      await publish(200);
      await until(async () => (await metric("records_in_flight")) === 200);
      expect(await end()).toMatchObject({ code: 0, signal: null, unwritten: 200 });
      expect(program.logged("stopped with records unwritten")).toEqual([
        expect.objectContaining({ level: "error", node: "rows", records: 200 }),
      ]);
    });
  });

  it("that hangs at the start holds it up for no more than a few seconds", async () => {
    database.decide = () => "hang";
    const began = performance.now();
    await start();
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(program.logged("database is away, rows wait for it")).toHaveLength(1);
    await publish(1, { roughness: 80 });
    await until(() => printers.heard.length > 0);
  });
});
