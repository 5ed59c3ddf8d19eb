import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { Program } from "./program.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "diff-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

const pipeline = (above: number) =>
  write(
    `above-${above}.yaml`,
    `name: watch
sources: { sensors: { type: mqtt, topics: ["printing/+/sensor"], decode: sensor-reading } }
operators: { rough: { type: threshold, from: sensors, field: roughness, above: ${above} } }
sinks: { control: { type: feedback, from: rough, adjust: { speed: 50 }, cooldown: 0s } }
`,
  );

/** printer_1 leaps over both limits, printer_2 reaches only the lower one, printer_3 climbs over one after the other. */
const recording = () =>
  write(
    "recording.csv",
    [
      "printer_id,timestamp,roughness",
      ...[40, 90, 90, 40].map((value, i) => `printer_1,2026-01-01T00:00:0${i}Z,${value}`),
      ...[40, 65, 65, 40].map((value, i) => `printer_2,2026-01-01T00:01:0${i}Z,${value}`),
      ...[40, 65, 80, 40].map((value, i) => `printer_3,2026-01-01T00:02:0${i}Z,${value}`),
    ].join("\n"),
  );

async function diff(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const program = new Program({ STATE_DIR: folder }, ["diff", ...args]);
  const { code } = await program.ended;
  return { code, out: program.stdout, err: program.output.slice(program.stdout.length) };
}

it("names exactly the episodes and adjustments that differ", async () => {
  const between = [await recording(), "--pipeline", await pipeline(75), "--pipeline", await pipeline(60)];
  const { code, out } = await diff(...between, "--json");
  expect(code).toBe(0);
  const at = (text: string) => `2026-01-01T00:0${text}.000Z`;
  const slow = { node: "control", command: { speed: 50 } };
  const restore = { node: "control", command: { speed: 100 } };
  expect(JSON.parse(out)).toEqual({
    a: expect.stringMatching(/above-75.yaml$/),
    b: expect.stringMatching(/above-60.yaml$/),
    episodes: [
      { time: at("1:01"), printer: "printer_2", rule: "rough", a: null, b: { start: at("1:01"), end: at("1:03") } },
      {
        time: at("2:01"),
        printer: "printer_3",
        rule: "rough",
        a: { start: at("2:02"), end: at("2:03") },
        b: { start: at("2:01"), end: at("2:03") },
      },
    ],
    adjustments: [
      { time: at("1:01"), printer: "printer_2", only: "b", ...slow },
      { time: at("1:03"), printer: "printer_2", only: "b", ...restore },
      { time: at("2:01"), printer: "printer_3", only: "b", ...slow },
      { time: at("2:02"), printer: "printer_3", only: "a", ...slow },
    ],
    same: { episodes: 1, adjustments: 3 },
  });

  const { out: text } = await diff(...between);
  expect(text).toMatch(/printer_2 +rough +only B: 2026-01-01T00:01:01.000Z to 2026-01-01T00:01:03.000Z\n/);
  expect(text).not.toMatch(/printer_1/);
  expect(text).toMatch(/episodes +2 differ, 1 are the same\nadjustments +4 differ, 3 are the same\n$/);
});

it("finds nothing between a pipeline and itself, and looks only at the span that was asked for", async () => {
  const [file, a, b] = [await recording(), await pipeline(75), await pipeline(60)];
  const same = await diff(file, "--pipeline", a, "--pipeline", a);
  expect(same).toMatchObject({ code: 0, out: expect.stringMatching(/episodes +0 differ, 2 are the same/) });
  const span = await diff(file, "--pipeline", a, "--pipeline", b, "--to", "2026-01-01T00:00:30Z");
  expect(span.out).toMatch(/episodes +0 differ, 1 are the same/);
});

it("wants two pipelines", async () => {
  expect(await diff(await recording(), "--pipeline", await pipeline(75))).toMatchObject({
    code: 2,
    err: expect.stringMatching(/compares two pipelines, and 1 were given/),
  });
});
