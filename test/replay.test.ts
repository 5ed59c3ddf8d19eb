import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedBroker } from "../src/connections/mqtt/embedded.js";
import { silentLog } from "../src/streams/contract/context.js";
import { Outsider } from "./outsider.js";
import { Program } from "./program.js";

const PIPELINE = `
name: farm
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"] }
operators:
  rough: { type: threshold, from: sensors, field: roughness, above: 75 }
sinks:
  control: { type: feedback, from: rough, adjust: { speed: 50 } }
  history: { type: history, from: [sensors, control] }
`;
/** Three readings, two seconds apart. */
const RECORDING = `printer_id,timestamp,roughness
printer_1,2026-01-01T00:00:00Z,20
printer_1,2026-01-01T00:00:02Z,80
printer_1,2026-01-01T00:00:04Z,20
`;

let folder: string;
let state: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "replay-"));
  state = join(folder, "state");
  await writeFile(join(folder, "farm.yaml"), PIPELINE);
  await writeFile(join(folder, "day.csv"), RECORDING);
});
afterEach(() => rm(folder, { recursive: true }));

async function run(args: readonly string[], settings: Readonly<Record<string, string>> = {}) {
  const program = new Program({ STATE_DIR: state, ...settings }, args, folder);
  const { code } = await program.ended;
  return { code, out: program.stdout, output: program.output };
}

async function replay(...options: string[]) {
  const { code, out } = await run(["replay", "day.csv", "--pipeline", "farm.yaml", "--json", ...options]);
  expect(code).toBe(0);
  return JSON.parse(out) as Record<string, number>;
}

describe("replay", () => {
  it("sums up what went in and what came of it", async () => {
    expect(await replay()).toEqual({
      ...{ records: 3, windows: 0, anomalies: 0, episodes: 1, adjustments: 2, late: 0, dead: 0 },
      ...{ seconds: expect.any(Number), recordsPerSecond: expect.any(Number) },
    });
    const { out } = await run(["replay", "day.csv", "--pipeline", "farm.yaml"]);
    expect(out).toMatch(/^records +3\n[^]*^adjustments +2\n/m);
  });

  it("reads several files, one after the other", async () => {
    await writeFile(join(folder, "next.csv"), RECORDING.replaceAll("2026-01-01", "2026-01-02"));
    expect(await replay("next.csv")).toMatchObject({ records: 6, episodes: 2 });
  });

  it.each([
    [["--from", "2026-01-01T00:00:02Z"], 2],
    [["--from", "1767225604"], 1],
    [["--to", "2026-01-01T00:00:02Z"], 1],
    [["--from", "2026-01-01T00:00:01Z", "--to", "2026-01-01T00:00:03Z"], 1],
    [["--from", "2027-01-01T00:00:00Z"], 0],
  ])("%j leaves out what is earlier or later", async (options, records) => {
    expect(await replay(...options)).toMatchObject({ records });
  });

  it("--key and --time name the columns that hold printer and time", async () => {
    await writeFile(
      join(folder, "day.csv"),
      "machine,seen,roughness\nleft,2026-01-01T00:00:00Z,80\nright,1767225601,80\n",
    );
    await replay("--key", "machine", "--time", "seen", "--out", "out.csv");
    const rows = (await readFile(join(folder, "out.csv"), "utf8")).split("\n").slice(1, -1);
    expect(rows.map((row) => row.split(",").slice(0, 3).join(" "))).toEqual([
      "left 2026-01-01T00:00:00.000Z rough",
      "right 2026-01-01T00:00:01.000Z rough",
      "left 2026-01-01T00:00:00.000Z control",
      "right 2026-01-01T00:00:01.000Z control",
    ]);
  });

  it.each([
    ["max", 0, 2],
    ["4", 1, 3],
  ])("--speed %s takes as long as it says", async (speed, least, most) => {
    const { records, seconds } = await replay("--speed", speed);
    expect(records).toBe(3);
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThan(most);
  });

  it("writes nothing but what --out names", async () => {
    await replay("--out", "out.csv");
    expect((await readdir(folder)).sort()).toEqual(["day.csv", "farm.yaml", "out.csv"]);
  });

  it("--live writes to databases too, and still sends nothing to a printer", async () => {
    const broker = await startEmbeddedBroker({ host: "127.0.0.1", port: 0, fallbackToFreePort: false, log: silentLog });
    const MQTT_URL = `mqtt://127.0.0.1:${broker.port}`;
    const printers = await Outsider.join(MQTT_URL, ["#"]);
    const args = ["replay", "day.csv", "--pipeline", "farm.yaml", "--live"];
    expect(await run(args, { MQTT_URL })).toMatchObject({ code: 0 });
    expect(printers.heard).toEqual([]);
    await printers.leave();
    await broker.close();

    const { out } = await run(["history", "printer_1", "--kinds", "reading,adjustment", "--json"]);
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({ kind: "reading", roughness: 20 }),
      expect.objectContaining({ kind: "reading", roughness: 80 }),
      expect.objectContaining({ kind: "adjustment", speed: 50, outcome: "rehearsed" }),
      expect.objectContaining({ kind: "reading", roughness: 20 }),
      expect.objectContaining({ kind: "adjustment", speed: 100, outcome: "rehearsed" }),
    ]);
  });

  it.each([
    [["--from", "noon"], /--from: .*time/],
    [["--to", "noon"], /--to: .*time/],
    [["--speed", "0"], /write max or a number above zero/],
    [["--train-rows", "-1"], /write a whole number/],
    [["--pipeline", "none.yaml"], /none\.yaml/],
    [["--out", "no/such/out.csv"], /out\.csv/],
    [["--key", "machine"], /machine/],
    [["--time", "seen"], /seen/],
  ])("refuses %j", async (options, message) => {
    const { code, output } = await run(["replay", "day.csv", "--pipeline", "farm.yaml", ...options]);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });
});
