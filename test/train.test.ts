import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "./program.js";

const HOME = fileURLToPath(new URL("../", import.meta.url));
const PIPELINE = `
name: tiny
sources: { in: { type: csv, files: [day.csv] } }
operators:
  spans: { type: tumbling-window, from: in, size: 10s }
  features: { type: extract-features, from: spans, fields: [roughness], stats: [mean] }
  odd: { type: infer, from: features, model: tiny }
sinks: { out: { type: console, from: odd } }
`;

/** A copy of the program: it keeps its models beside itself. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "train-"));
  await cp(join(HOME, "dist"), join(folder, "dist"), { recursive: true });
  await cp(join(HOME, "package.json"), join(folder, "package.json"));
  await symlink(join(HOME, "node_modules"), join(folder, "node_modules"));
  await mkdir(join(folder, "models"));
  await writeFile(join(folder, "tiny.yaml"), PIPELINE);
  const rows = Array.from({ length: 9000 }, (_, i) => {
    const time = new Date(Date.UTC(2026, 0, 1) + Math.floor(i / 4) * 2000).toISOString();
    return `printer_${i % 4},${time},${20 + Math.sin(i) * 3}`;
  });
  await writeFile(join(folder, "day.csv"), ["printer_id,timestamp,roughness", ...rows, ""].join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));

async function train(...options: string[]) {
  const args = ["train", "--model", "tiny", "--data", "day.csv", "--pipeline", "tiny.yaml", ...options];
  const program = new Program({ STATE_DIR: folder }, args, folder, join(folder, "dist", "main.js"));
  const { code } = await program.ended;
  return { code, out: program.stdout, log: program.log };
}

const card = async () => JSON.parse(await readFile(join(folder, "models", "tiny", "card.json"), "utf8")) as object;

it("train writes a model, keeps it where the next is no better, and replaces it with --force", async () => {
  const first = await train("--json");
  expect(first.code).toBe(0);
  expect(JSON.parse(first.out)).toEqual({
    model: "tiny",
    written: true,
    heldBack: expect.objectContaining({ rows: 360, threshold: expect.any(Number) }),
  });
  const written = await card();
  expect(written).toMatchObject({ name: "tiny", features: ["roughness_mean"] });

  const again = await train("--json");
  expect(again.code).toBe(1);
  expect(JSON.parse(again.out)).toMatchObject({ model: "tiny", written: false });
  expect(again.log.at(-1)).toMatchObject({ level: "error", message: expect.stringMatching(/--force replaces it/) });
  expect(await card()).toEqual(written);

  const forced = await train("--seed", "2", "--force");
  expect(forced.code).toBe(0);
  expect(forced.out).toMatch(/^wrote .*tiny, version /m);
  expect(await card()).not.toEqual(written);
});
