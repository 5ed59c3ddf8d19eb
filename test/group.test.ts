import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { NatsServer, natsProgram } from "./nats-process.js";
import { openTestNats } from "./nats-server.js";
import { Outsider } from "./outsider.js";
import { Program, until } from "./program.js";
import { TcpLine } from "./tcp-line.js";

const QUALITY = resolve("config/pipelines/quality.yaml");
const missing = [mosquittoProgram ? [] : "mosquitto", natsProgram ? [] : "nats-server"].flat();
const suite = missing.length === 0 ? describe : describe.skip;
const skipped = missing.length === 0 ? "" : `SKIPPED, NO ${missing.join(" AND ")} ON THIS MACHINE: `;
/** Of sixteen printers some are in every share of the partitions. */
const PRINTERS = Array.from({ length: 16 }, (_, i) => `printer_${i + 1}`);

let folder: string;
let broker: Mosquitto;
let nats: NatsServer;
let farm: Outsider;
let programs: Program[];

beforeEach(async () => {
  programs = [];
  folder = await mkdtemp(join(tmpdir(), "group-"));
  // Whoever does not read is given all the same as much as comes.
  broker = await Mosquitto.start({}, undefined, ["set_tcp_nodelay true", "max_inflight_messages 0"]);
  nats = await NatsServer.start();
  farm = await Outsider.join(broker.url, ["printer/control/+", "layerstream/status/+"]);
});
afterEach(async () => {
  for (const program of programs) program.signal("SIGKILL");
  await Promise.all(programs.map(({ ended }) => ended));
  await farm.leave();
  await nats.remove();
  await broker.remove();
  await rm(folder, { recursive: true });
});

function start(name: string, more: Readonly<Record<string, string>> = {}, pipeline = QUALITY): Program {
  const settings = {
    MQTT_URL: broker.url,
    NATS_URL: nats.url,
    STATE_DIR: join(folder, name),
    JOURNAL_KEEP_GIB: "0.1",
    ...more,
  };
  const program = new Program(settings, ["run", pipeline]);
  programs.push(program);
  return program;
}

/** How many partitions of the group it works on, as it says. */
function partitions(program: Program): number {
  const runs = program.logged("working on partitions").filter(({ group }) => group === "layerstream-quality");
  return Number(runs.at(-1)?.partitions ?? 0);
}

/** Every printer measures this roughness now. */
async function measure(roughness: number): Promise<void> {
  const timestamp = new Date().toISOString();
  for (const printer_id of PRINTERS)
    await farm.publish(`printing/${printer_id}/sensor`, { printer_id, timestamp, roughness });
}

/** Printers that were told this speed, and with how many commands: a repeat has the id of what it repeats. */
function told(speed: number): { printers: number; commands: number } {
  const heard = farm
    .on("printer/control/")
    .map(({ topic, text }) => ({ topic, ...(JSON.parse(text) as { speed: number; command_id: string }) }))
    .filter((command) => command.speed === speed);
  const count = (pick: "topic" | "command_id") => new Set(heard.map((command) => command[pick])).size;
  return { printers: count("topic"), commands: count("command_id") };
}

/** The roughness of each reading that is in the stream. */
async function stored(): Promise<number[]> {
  const opened = await openTestNats(nats.url);
  const { state } = await opened.streams.streams.info("layerstream-quality_sensors");
  const found: number[] = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await opened.streams.streams.getMessage("layerstream-quality_sensors", { seq });
    for (const [, value] of message?.string().matchAll(/"roughness":([\d.]+)/g) ?? []) found.push(Number(value));
  }
  await opened.close();
  return found;
}

suite(`${skipped}several instances`, () => {
  it("share the partitions, each printer is answered once, and one that is killed is stood in for", async () => {
    const first = start("one");
    await first.line("running");
    expect(partitions(first)).toBe(64);
    const second = start("two");
    await until(() => partitions(first) === 32 && partitions(second) === 32);
    await measure(90);
    await until(() => told(50).printers === PRINTERS.length);
    first.signal("SIGKILL");
    await until(() => partitions(second) === 64);
    await until(() => second.logged("working on partitions").some(({ group }) => group === "intake-quality"));
    await measure(20);
    await until(() => told(100).printers === PRINTERS.length);
    expect([told(50), told(100)]).toEqual([1, 1].map(() => ({ printers: PRINTERS.length, commands: PRINTERS.length })));
    expect((await second.end()).code).toBe(0);
  }, 60_000);

  it("hand over at once what they have when they are stopped, and tell their status each", async () => {
    const first = start("one");
    await first.line("running");
    const second = start("two");
    await until(() => partitions(first) === 32 && partitions(second) === 32);
    await measure(90);
    await until(() => told(50).printers === PRINTERS.length);
    expect((await first.end()).code).toBe(0);
    await until(() => partitions(second) === 64);
    await measure(20);
    await until(() => told(100).printers === PRINTERS.length);
    expect(told(100).commands).toBe(PRINTERS.length);
    const status = Object.fromEntries(farm.on("layerstream/status/").map(({ topic, text }) => [topic, text]));
    const topicOf = (program: Program) => `layerstream/status/${String(program.logged("running")[0]!.instance)}`;
    expect(status).toEqual({ [topicOf(first)]: "offline", [topicOf(second)]: "online" });
  }, 60_000);

  it("take in what comes while the nats-server is away, and answer when it is back", async () => {
    const only = start("one");
    await only.line("running");
    await measure(90);
    await until(() => told(50).printers === PRINTERS.length);
    await nats.kill("SIGKILL");
    // Longer than a lease lasts.
    await until(() => only.logged("lost partitions").length > 0);
    await measure(20);
    await nats.run();
    await until(() => told(100).printers === PRINTERS.length);
    expect(told(100).commands).toBe(PRINTERS.length);
    expect((await only.end()).code).toBe(0);
  }, 60_000);

  it("take in nothing twice when the one that reads was frozen", async () => {
    const first = start("one");
    await first.line("running");
    const second = start("two");
    await until(() => partitions(first) === 32 && partitions(second) === 32);
    first.signal("SIGSTOP");
    const values = Array.from({ length: 20 }, (_, i) => 20 + i / 100);
    // The broker hands them to the first, which does not read them, and then to the second.
    for (const value of values) await measure(value);
    await until(async () => (await stored()).length >= values.length * PRINTERS.length);
    first.signal("SIGCONT");
    await until(() => first.logged("lost partitions").some(({ group }) => group === "intake-quality"));
    await measure(30);
    await until(async () => (await stored()).includes(30));
    await until(() => partitions(first) === 32 && partitions(second) === 32);
    const expected = [...values, 30].flatMap((value) => PRINTERS.map(() => value));
    expect((await stored()).sort()).toEqual(expected.sort());
  }, 60_000);

  it("lose nothing where one of them reaches the broker alone, and both read", async () => {
    const line = await TcpLine.lay(Number(new URL(nats.url).port));
    try {
      const first = start("one", { NATS_URL: `nats://127.0.0.1:${line.port}` });
      await first.line("running");
      const second = start("two");
      await until(() => partitions(first) === 32 && partitions(second) === 32);
      line.cut();
      await until(() => second.logged("working on partitions").some(({ group }) => group === "intake-quality"));
      const values = Array.from({ length: 100 }, (_, i) => 20 + i / 100);
      for (const value of values) {
        await measure(value);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await measure(90);
      line.mend();
      await until(() => partitions(first) === 32 && partitions(second) === 32);
      await until(() => told(50).printers === PRINTERS.length);
      // At least once each: what the broker hands to the one and takes back for the other may be there twice.
      await until(async () => {
        const found = await stored();
        return [...values, 90].every((value) => found.filter((each) => each === value).length >= PRINTERS.length);
      });
      expect(told(50).commands).toBe(PRINTERS.length);
    } finally {
      await line.close();
    }
  }, 120_000);

  it("end in good time with the nats-server away, and go on from there", async () => {
    const first = start("one");
    await first.line("running");
    await measure(90);
    await until(() => told(50).printers === PRINTERS.length);
    await nats.kill("SIGKILL");
    expect((await first.end("SIGINT", 30_000)).code).toBe(0);
    await nats.run();
    const again = start("one");
    await again.line("running");
    await measure(20);
    await until(() => told(100).printers === PRINTERS.length);
    expect([told(50).commands, told(100).commands]).toEqual([PRINTERS.length, PRINTERS.length]);
  }, 60_000);

  it("have their work again at once when they are killed and started anew", async () => {
    const first = start("one");
    await first.line("running");
    await measure(90);
    await until(() => told(50).printers === PRINTERS.length);
    first.signal("SIGKILL");
    await first.ended;
    const again = start("one");
    await again.line("running");
    // Not a lease later.
    expect(partitions(again)).toBe(64);
    await measure(20);
    await until(() => told(100).printers === PRINTERS.length);
    expect([told(50).commands, told(100).commands]).toEqual([PRINTERS.length, PRINTERS.length]);
  }, 60_000);

  it("do their work for each group once", async () => {
    const first = start("one");
    await first.line("running");
    await measure(90);
    await until(() => told(50).printers === PRINTERS.length);
    const other = start("two", { CONSUMER_GROUP: "trial", CONTROL_MODE: "advise" });
    await until(() => other.logged("printer adjusted").length === PRINTERS.length);
    expect(told(50).commands).toBe(PRINTERS.length);
  }, 60_000);

  it("can be replayed, all of it, by whoever reaches the server", async () => {
    const first = start("one");
    await first.line("running");
    await measure(90);
    await until(() => told(50).printers === PRINTERS.length);
    await measure(20);
    await until(() => told(100).printers === PRINTERS.length);
    const settings = { NATS_URL: nats.url, STATE_DIR: join(folder, "elsewhere") };
    const replay = new Program(settings, ["replay", "--journal", "--pipeline", QUALITY, "--json"]);
    programs.push(replay);
    expect(await replay.ended).toEqual({ code: 0, signal: null });
    const n = PRINTERS.length;
    expect(JSON.parse(replay.stdout)).toMatchObject({ records: 2 * n, episodes: n, adjustments: 2 * n });
    expect(told(50).commands + told(100).commands).toBe(2 * PRINTERS.length);
    const other = new Program(settings, ["replay", "--journal", "--stream", "quality.sensor", "--pipeline", QUALITY]);
    programs.push(other);
    expect((await other.ended).code).toBe(2);
    expect(other.output).toContain('there is no stream "quality.sensor" on nats://127.0.0.1');
    expect(other.output).toContain('Did you mean "quality.sensors"');
  }, 60_000);

  it("share each pipeline among those that run it", async () => {
    const other = join(folder, "other.yaml");
    await writeFile(other, (await readFile(QUALITY, "utf8")).replace("name: quality", "name: other"));
    const first = start("one");
    await first.line("running");
    const second = start("two", {}, other);
    await second.line("running");
    expect(partitions(first)).toBe(64);
    await measure(90);
    // Each of the two pipelines answers.
    await until(() => farm.on("printer/control/").length === 2 * PRINTERS.length);
  }, 60_000);

  it("work on what a run alone has left in its journal, and say nothing twice", async () => {
    const alone = start("one", { NATS_URL: "" });
    await alone.line("running");
    await measure(90);
    await until(() => told(50).printers === PRINTERS.length);
    await measure(20);
    expect((await alone.end()).code).toBe(0);
    const first = start("one");
    await first.line("running");
    await until(() => told(100).printers === PRINTERS.length);
    await until(async () => (await stored()).filter((value) => value === 20).length === PRINTERS.length);
    expect((await stored()).filter((value) => value === 90)).toHaveLength(PRINTERS.length);
    expect([told(50).commands, told(100).commands]).toEqual([PRINTERS.length, PRINTERS.length]);
  }, 60_000);

  it("say what is missing", async () => {
    const alone = start("one", { MQTT_URL: "" });
    expect(await alone.ended).toEqual({ code: 2, signal: null });
    expect(alone.output).toContain("set MQTT_URL to the broker that all of them reach");
    const reset = new Program({ NATS_URL: nats.url, STATE_DIR: folder }, ["run", QUALITY, "--reset-state", "end"]);
    programs.push(reset);
    expect((await reset.ended).code).toBe(2);
    expect(reset.output).toContain("another CONSUMER_GROUP");
  });
});
