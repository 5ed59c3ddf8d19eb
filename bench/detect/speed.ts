import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../../src/sources/synthesizer/random.js";
import { median } from "../farm/figures.js";

const VALUES = 200_000;
const WIDTHS = [1, 8, 32] as const;
const ROUNDS = 3;

/** Rows a second of the whole command: reading the file, scoring, writing scores.csv. The start of the process left out. */
export async function speedTable(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "detect-bench-"));
  try {
    const rows: string[] = ["| columns | rows | rows/s |", "| ---: | ---: | ---: |"];
    for (const columns of WIDTHS) {
      const count = Math.round(VALUES / columns);
      const file = join(folder, "series.csv");
      await writeFile(file, recording(columns, count));
      const rates: number[] = [];
      for (let round = 0; round < ROUNDS; round++)
        rates.push(await replayRate(file, join(folder, "scores.csv"), count));
      rows.push(`| ${columns} | ${count} | ${Math.round(median(rates) / 100) * 100} |`);
    }
    return rows.join("\n");
  } finally {
    await rm(folder, { recursive: true });
  }
}

function recording(columns: number, rows: number): string {
  const random = new Random(1, columns, 2);
  const names = Array.from({ length: columns }, (_, i) => `c${i}`);
  const lines = Array.from({ length: rows }, (_, row) => {
    const cause = Math.sin(row / 20);
    const cells = names.map((_, i) => (cause * (i + 1) + random.gaussian() / 4).toFixed(4));
    return `${new Date(1.7e12 + row * 1000).toISOString()},${cells.join(",")}`;
  });
  return `timestamp,${names.join(",")}\n${lines.join("\n")}\n`;
}

async function replayRate(file: string, out: string, rows: number): Promise<number> {
  const args = ["replay", file, "--pipeline", "config/pipelines/detect.yaml", "--out", out, "--json"];
  const program = spawn(process.execPath, ["dist/main.js", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  program.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(program, "close")) as [number];
  const { records, seconds } = JSON.parse(said || "{}") as { records?: number; seconds?: number };
  if (code !== 0 || records !== rows || seconds === undefined) throw new Error(`the replay failed: ${said}`);
  return rows / seconds;
}
