import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { Program } from "./program.js";

const HOME = fileURLToPath(new URL("../", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "evaluate-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function evaluate(model: string, file: string, ...more: string[]): Promise<Program> {
  const args = ["evaluate", "--model", model, "--data", join(HOME, file), ...more];
  const program = new Program({ STATE_DIR: folder }, args);
  await program.ended;
  return program;
}

it("tells how well the anomaly model finds labelled faults", async () => {
  const program = await evaluate("anomaly", "data/data.csv", "--json");
  const { model, kind, figures } = JSON.parse(program.stdout) as {
    model: string;
    kind: string;
    figures: { rows: number; auc: number; precision: number; by_fault: Record<string, { rows: number }> };
  };
  expect([model, kind]).toEqual(["anomaly", "autoencoder"]);
  expect(figures.auc).toBeGreaterThan(0.9);
  expect(figures.precision).toBeGreaterThan(0.9);
  expect(Object.keys(figures.by_fault)).toContain("clog");
  expect(figures.rows).toBeGreaterThan(1000);
});

it("tells false alarms alone where nothing is wrong in the recording, and says so", async () => {
  const program = await evaluate("anomaly", "data/healthy.csv");
  expect(program.stdout).toMatch(/^false_alarms +0/m);
  expect(program.stdout).not.toMatch(/auc|recall|NaN/);
  expect(program.log.map(({ message }) => message)).toContain(
    "no fault is labelled in these recordings: only false alarms can be told",
  );
});

it("tells the error of the roughness model, smaller than that of saying that all stays as it is", async () => {
  const program = await evaluate("roughness", "data/data.csv", "--json");
  const { figures } = JSON.parse(program.stdout) as { figures: { mae: number; rmse: number; baseline_mae: number } };
  expect(figures.mae).toBeLessThan(figures.baseline_mae);
  expect(figures.rmse).toBeGreaterThanOrEqual(figures.mae);
});

it.each([
  ["nobody", "data/data.csv", /no infer node uses model "nobody"/],
  ["roughness", "config/scenarios/rough.csv", /rough.csv: no window came of it/],
  ["roughness", "none.csv", /none.csv/],
])("says what is wrong with %s on %s", async (model, file, message) => {
  const program = await evaluate(model, file);
  expect((await program.ended).code).toBe(2);
  expect(program.output).toMatch(message);
});
