import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { writeRecording } from "../scripts/recordings.js";
import { median, ratio } from "./farm/figures.js";
import { bytesReadBy, memoryOf } from "./process.js";

const ROWS = 1_000_000;
const PRINTERS = 50;
const HERTZ = 10;
const ROUNDS = 3;
const LOOK_EVERY = 20;
/** Memory is looked at while so much of the file has been read: about 200,000 rows, and nearly all. */
const EARLY = { from: 0.16, to: 0.24 };
const LATE = { from: 0.92, to: 1 };

interface Replayed {
  readonly perSecond: number;
  /** MB */
  readonly early: number;
  readonly late: number;
  /** Of what was written. */
  readonly hash: string;
}

/**
 * `replay --out` of a million rows through quality.yaml, models on, next to reading the lines of the same file and making
 * numbers of their cells.
 */
export async function replay(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "replay-bench-"));
  try {
    const file = join(folder, "recording.csv");
    await writeRecording(file, {
      printers: PRINTERS,
      rate: PRINTERS * HERTZ,
      duration: `${ROWS / PRINTERS / HERTZ}s`,
    });
    console.log(`${ROWS} rows of ${PRINTERS} printers at ${HERTZ} Hz each, ${ROUNDS} rounds`);
    const floors: number[] = [];
    const ours: Replayed[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      floors.push(await readAlone(file));
      ours.push(await once(file, join(folder, "out.csv")));
      const { perSecond, early, late, hash } = ours.at(-1)!;
      console.log(
        `round ${round} ${perSecond} rows/s (reading alone ${Math.round(floors.at(-1)!)}), ${memory(early, late)}, SHA-256 of the output ${hash.slice(0, 16)}`,
      );
    }
    const of = (figure: "perSecond" | "early" | "late") => median(ours.map((each) => each[figure]));
    console.log(`median rows/s  ${ratio(of("perSecond"), median(floors))}`);
    console.log(`median memory  ${memory(of("early"), of("late"))}`);
    if (new Set(ours.map(({ hash }) => hash)).size > 1) throw new Error("the same recording gave different output");
    console.log("output         the same bytes in every round");
  } finally {
    await rm(folder, { recursive: true });
  }
}

function memory(early: number, late: number): string {
  return `${Math.round(early)} MB after 200k rows, ${Math.round(late)} MB after all`;
}

/** Rows a second. */
async function readAlone(file: string): Promise<number> {
  const began = performance.now();
  let [rows, sum] = [-1, 0];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    rows++;
    for (const cell of line.split(",")) sum += Number(cell);
  }
  if (rows !== ROWS) throw new Error(`the recording has ${rows} rows (${sum})`);
  return rows / ((performance.now() - began) / 1000);
}

async function once(file: string, output: string): Promise<Replayed> {
  const { size } = await stat(file);
  const args = ["replay", file, "--pipeline", "config/pipelines/quality.yaml", "--out", output, "--json"];
  const program = spawn(process.execPath, ["dist/main.js", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  program.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => program.once("close", resolve));
  const looks: { readonly read: number; readonly now: number }[] = [];
  const look = setInterval(() => {
    const read = bytesReadBy(program.pid!) / size;
    // What it reads beyond is its own output, which it puts in order at the end.
    if (read > LATE.to) clearInterval(look);
    else looks.push({ read, now: memoryOf(program.pid!).now });
  }, LOOK_EVERY);
  const code = await ended;
  clearInterval(look);
  const { records, recordsPerSecond } = JSON.parse(said || "{}") as { records?: number; recordsPerSecond?: number };
  if (code !== 0 || records !== ROWS || recordsPerSecond === undefined) throw new Error(`the replay failed: ${said}`);
  const within = ({ from, to }: typeof EARLY) =>
    median(looks.filter(({ read }) => read >= from && read <= to).map(({ now }) => now));
  return {
    perSecond: recordsPerSecond,
    early: within(EARLY),
    late: within(LATE),
    hash: createHash("sha256")
      .update(await readFile(output))
      .digest("hex"),
  };
}
