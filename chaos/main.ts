import { Command } from "commander";
import { Place } from "./place.js";
import type { Options, Scenario } from "./scenario.js";
import { kill } from "./scenarios/kill.js";
import { isBad, type Report, table } from "./table.js";

const SCENARIOS: readonly Scenario[] = [kill];

interface Flags extends Options {
  readonly json?: true;
}

const INTERRUPTED = 130;
const names = SCENARIOS.map(({ name }) => name);
const number = (text: string): number => {
  if (!(Number(text) >= 0)) throw new Error(`"${text}" is no number: write one of 0 or more`);
  return Number(text);
};
const program = new Command("npm run chaos --")
  .description("Does harm to the program and to those that it works with, and says what came of it.")
  .argument("[scenarios...]", `any of: ${names.join(", ")} (default: all)`)
  .option("--rate <readings>", "readings a second", number)
  .option("--seconds <s>", "how long a trouble lasts", number)
  .option("--kills <n>", "how often the program is killed", number)
  .option("--seed <n>", "the same seed gives the same readings and the same plan of troubles", number, 1)
  .option("--small", "smaller figures: all scenarios in about five minutes", false)
  .option("--json", "print the findings as JSON");
program.parse();
const { json, ...options } = program.opts<Flags>();
const unknown = program.args.find((name) => !names.includes(name));
if (unknown !== undefined) program.error(`no scenario is called "${unknown}": ${names.join(", ")}`);
const chosen = program.args.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => program.args.includes(name));

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void Place.closeAll().finally(() => process.exit(INTERRUPTED)));

const reports: Report[] = [];
for (const scenario of chosen) reports.push(await once(scenario));
process.stdout.write(`${json ? JSON.stringify(reports, undefined, 2) : table(reports)}\n`);
process.exitCode = reports.some(isBad) ? 1 : 0;

async function once(scenario: Scenario): Promise<Report> {
  const { name } = scenario;
  const began = performance.now();
  const report = { scenario: name, injected: scenario.injects(options) };
  const skipped = scenario.cannot?.();
  if (skipped !== undefined) return { ...report, seconds: 0, findings: [], skipped };
  const say = (text: string): void => {
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stderr.write(`${name} ${String(seconds).padStart(4)} s  ${text}\n`);
  };
  const findings = await scenario.run(options, say);
  return { ...report, seconds: (performance.now() - began) / 1000, findings };
}
