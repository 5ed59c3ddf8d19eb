import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "./program.js";

const DETECT = fileURLToPath(new URL("../config/pipelines/detect.yaml", import.meta.url));
const ROWS = 1500;

/** Each test starts the program several times. */
jest.setTimeout(60_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "detect-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Lines of a recording with two columns that go together until row 1000, and one wild value. */
function wave(row: number): readonly [number, number] {
  const value = Math.sin(row / 9) * 3 + Math.sin(row * row) / 2;
  return [row === 1200 ? 90 : value, row < 1000 ? value * 2 : Math.cos(row * row * 3)];
}

async function recording(name: string, lines: readonly string[], lineEnd = "\n"): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => `${line}${lineEnd}`).join(""));
  return path;
}

async function detect(file: string, options: readonly string[] = []) {
  const out = join(folder, `${basename(file)}.scores`);
  const program = new Program({ STATE_DIR: folder, LOG_LEVEL: "warn" }, [
    ...["replay", file, "--pipeline", DETECT, "--out", out, "--json", ...options],
  ]);
  const { code } = await program.ended;
  if (code !== 0) return { code, program, lines: [], text: "" };
  const text = await readFile(out, "utf8");
  return { code, program, text, lines: text.split("\n").slice(0, -1) };
}

const plainRows = Array.from({ length: ROWS }, (_, i) => {
  const time = new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString().slice(0, 19).replace("T", " ");
  return `${time},${wave(i).join(",")}`;
});
const HEADER = "datetime,flow rate,Pressure (bar)";

describe("scoring a recording", () => {
  it("writes one row for each, in order, with time, key, score and flag", async () => {
    const { lines } = await detect(await recording("pump.csv", [HEADER, ...plainRows]));
    expect(lines[0]).toBe("timestamp,key,anomaly_score,anomaly");
    const rows = lines.slice(1).map((line) => line.split(","));
    expect(rows.map(([time]) => time!.slice(0, 19).replace("T", " "))).toEqual(
      plainRows.map((row) => row.slice(0, 19)),
    );
    for (const [, key, score, flag] of rows) {
      expect(key).toBe("pump");
      expect(Number(score) >= 0 && Number(score) <= 1 && score !== "").toBe(true);
      expect(flag).toMatch(/^[01]$/);
    }
    expect(rows[1200]![3]).toBe("1");
    expect(rows.slice(1000, 1100).filter(([, , , flag]) => flag === "1").length).toBeGreaterThan(20);
  });

  it("gives the same bytes again", async () => {
    const file = await recording("again.csv", [HEADER, ...plainRows]);
    const first = (await detect(file)).text;
    expect((await detect(file)).text).toBe(first);
  });

  it("scores a row by itself and those before it: a file that is cut gives the head of the whole", async () => {
    const whole = await detect(await recording("whole.csv", [HEADER, ...plainRows]), ["--train-rows", "300"]);
    for (const cut of [1, 301, 1202]) {
      const file = await recording("whole.csv", [HEADER, ...plainRows.slice(0, cut)]);
      const { lines } = await detect(file, ["--train-rows", "300"]);
      expect(lines).toEqual(whole.lines.slice(0, cut + 1));
    }
  });

  it("reads one series or many, by a key column, with commas, semicolons or tabs, and CRLF", async () => {
    const series = (row: number) => `machine ${row % 3}`;
    for (const delimiter of [",", ";", "\t"]) {
      const rows = plainRows.map((row, i) => [series(i), ...row.split(",")].join(delimiter));
      const header = ["key", ...HEADER.split(",")].join(delimiter);
      const { lines } = await detect(await recording("many.csv", [header, ...rows], "\r\n"));
      expect(lines.slice(1).map((line) => line.split(",")[1])).toEqual(plainRows.map((_, i) => series(i)));
    }
  });

  it("takes rows without a time to be a second apart", async () => {
    const { lines } = await detect(await recording("plain.csv", ["value", "1", "2", "3"]));
    expect(lines).toEqual([
      "timestamp,key,anomaly_score,anomaly",
      "1970-01-01T00:00:00.000Z,plain,0,0",
      "1970-01-01T00:00:01.000Z,plain,0,0",
      "1970-01-01T00:00:02.000Z,plain,0,0",
    ]);
  });

  it("never reads a label", async () => {
    const labels = (row: number) => `${row % 2},${row > 900 ? 1 : 0},${row},${-row}`;
    const rows = plainRows.map((row, i) => `${row},${labels(i)}`);
    const labelled = await recording("labels.csv", [`${HEADER},label,is_anomaly,changepoint,anomaly`, ...rows]);
    const { text } = await detect(labelled);
    expect(text).toBe((await detect(await recording("labels.csv", [HEADER, ...plainRows]))).text);
  });

  it("scores a row with an empty cell or a text in it, and names the line of one that cannot be read", async () => {
    const rows = [...plainRows.slice(0, 500)];
    rows[200] = "2026-01-01 03:20:00,,";
    rows[210] = "2026-01-01 03:30:00,off,1.5";
    rows[220] = "2026-01-01 03:40:00,1,2,3,4";
    rows[230] = "yesterday,1,2";
    const { lines, program } = await detect(await recording("rough.csv", [HEADER, ...rows]));
    expect(lines).toHaveLength(1 + 498);
    expect(JSON.parse(program.stdout)).toMatchObject({ records: 498, dead: 2 });
    expect(program.output).toMatch(/rough.csv:222/);
  });

  it("takes the first rows for normal", async () => {
    const { lines } = await detect(await recording("trained.csv", [HEADER, ...plainRows]), ["--train-rows", "1300"]);
    expect(lines.slice(1, 1301).every((line) => line.endsWith(",0,0"))).toBe(true);
  });

  it("says so where nothing heeds --train-rows, or it is no number", async () => {
    const other = fileURLToPath(new URL("../config/pipelines/record.yaml", import.meta.url));
    const file = await recording("x.csv", ["value", "1"]);
    const unheeded = await detect(file, ["--train-rows", "10", "--pipeline", other]);
    expect(unheeded.program.output).toContain("--train-rows: nothing in");
    const wrong = await detect(file, ["--train-rows", "many"]);
    expect(wrong.program.output).toContain("write a whole number");
    expect([unheeded.code, wrong.code]).toEqual([2, 2]);
  });
});
