import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "./program.js";

const DATA = fileURLToPath(new URL("../data/", import.meta.url));
const QUALITY = fileURLToPath(new URL("../config/pipelines/quality.yaml", import.meta.url));
/** Each replays minutes of readings twice, in a process of its own. */
const PATIENCE = 120_000;
/** How long data/shuffled.csv is. */
const SHUFFLED_UNTIL = "2026-01-01T00:04:00Z";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "recordings-"));
});
afterAll(() => rm(folder, { recursive: true }));

let replays = 0;
/** What quality.yaml concludes from a recording, line by line, and the summary. */
async function conclude(recording: string, options: readonly string[] = []) {
  const out = join(folder, `${++replays}.csv`);
  const program = new Program({ STATE_DIR: folder, LOG_LEVEL: "warn" }, [
    ...["replay", join(DATA, recording), "--pipeline", QUALITY, "--out", out, "--json", ...options],
  ]);
  expect(await program.ended).toEqual({ code: 0, signal: null });
  const lines = (await readFile(out, "utf8")).split("\n").slice(0, -1);
  return { lines, summary: JSON.parse(program.stdout) as Record<string, number> };
}

/** The lines of some nodes, sorted. */
function ofNodes(lines: readonly string[], ...nodes: readonly string[]): string[] {
  return lines.filter((line) => nodes.includes(line.split(",")[2]!)).sort();
}

describe("the sample recordings", () => {
  it(
    "give the same bytes twice",
    async () => {
      const first = await conclude("data.csv");
      const second = await conclude("data.csv");
      expect(first.lines.length).toBeGreaterThan(10_000);
      expect(second.lines).toEqual(first.lines);
    },
    PATIENCE,
  );

  it(
    "give the same conclusions where readings come late and out of order",
    async () => {
      const inOrder = await conclude("data.csv", ["--to", SHUFFLED_UNTIL]);
      const shuffled = await conclude("shuffled.csv");
      // Reminders of `rough` follow single readings, and a reading that has been overtaken says nothing.
      for (const node of ["anomaly", "forecast", "odd", "control"]) {
        const expected = ofNodes(inOrder.lines, node);
        expect(expected).not.toHaveLength(0);
        expect(ofNodes(shuffled.lines, node)).toEqual(expected);
      }
      expect(shuffled.summary).toMatchObject({ late: 0, dead: 0 });
    },
    PATIENCE,
  );

  it(
    "show each fault once, and nothing where there is none",
    async () => {
      const { lines } = await conclude("data.csv");
      const odd = ofNodes(lines, "odd").filter((line) => line.includes(",raised,"));
      expect(odd.map((line) => line.split(",")[0])).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `printer_${n}`));
      const healthy = await conclude("healthy.csv");
      expect(healthy.summary).toMatchObject({ records: 2400, episodes: 0, adjustments: 0, dead: 0 });
    },
    PATIENCE,
  );
});
