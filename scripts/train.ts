import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changesOfSpeed, writeRecording } from "./recordings.js";

/**
 * Trains both models anew on recordings of simulated printers; arguments go to the train command (--force). Recordings are
 * of different rates, so that no model takes a printer that reports often for an odd one.
 */
const PRINTERS = 8;
const RECORDINGS = [
  { name: "faulty-1hz", seed: 11, rate: 8, hours: 2, faults: true },
  { name: "faulty-12hz", seed: 12, rate: 100, hours: 1, faults: true },
  { name: "faulty-3hz", seed: 13, rate: 24, hours: 1, faults: true },
  { name: "healthy-1hz", seed: 14, rate: 8, hours: 1.5, faults: false },
  { name: "healthy-12hz", seed: 15, rate: 100, hours: 0.75, faults: false },
] as const;
const MODELS = ["anomaly", "roughness"];

const folder = await mkdtemp(join(tmpdir(), "layerstream-train-"));
try {
  const files = [];
  for (const { name, seed, rate, hours, faults } of RECORDINGS) {
    const path = join(folder, `${name}.csv`);
    const duration = `${hours * 60}m`;
    const options = { printers: PRINTERS, rate, seed, duration, ...(!faults && { faults: false as const }) };
    const rows = await writeRecording(path, options, changesOfSpeed({ printers: PRINTERS, rate, seed }));
    console.error(`recorded ${name}: ${rows} readings`);
    files.push(path);
  }
  for (const model of MODELS) {
    console.error(`training ${model}`);
    process.exitCode ||= await train(model, files, process.argv.slice(2));
  }
} finally {
  await rm(folder, { recursive: true });
}

async function train(model: string, files: readonly string[], more: readonly string[]): Promise<number> {
  const command = ["dist/main.js", "train", "--model", model, "--data", ...files, ...more];
  const child = spawn(process.execPath, command, { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
