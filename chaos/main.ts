import { Command, InvalidArgumentError } from "commander";
import { overNats } from "./over-nats.js";
import { Place } from "./place.js";
import { finding, type Options, type Scenario } from "./scenario.js";
import { brokerFlap, brokerFreeze, brokerKill, brokerRestart } from "./scenarios/broker.js";
import { clock } from "./scenarios/clock.js";
import { flippedByte, tornSegment } from "./scenarios/damage.js";
import { database, weakDatabase } from "./scenarios/database.js";
import { diskFull } from "./scenarios/disk-full.js";
import { garbage } from "./scenarios/garbage.js";
import { busyDatabase, cuttingDatabase, refusingDatabase, slowDatabase } from "./scenarios/gate.js";
import { readerFreeze, readerKill, sharing } from "./scenarios/instances.js";
import { kill, killWithoutDatabase } from "./scenarios/kill.js";
import { natsFreeze, natsFull, natsKill, natsLost } from "./scenarios/nats.js";
import { isBad, type Report, table } from "./table.js";

const SCENARIOS: readonly Scenario[] = [
  kill,
  killWithoutDatabase,
  database,
  weakDatabase,
  slowDatabase,
  cuttingDatabase,
  refusingDatabase,
  busyDatabase,
  brokerFreeze,
  brokerRestart,
  brokerKill,
  brokerFlap,
  diskFull,
  tornSegment,
  flippedByte,
  clock,
  garbage,
  overNats(kill),
  natsKill,
  natsFreeze,
  natsFull,
  natsLost,
  sharing,
  readerKill,
  readerFreeze,
  overNats(weakDatabase),
  overNats(brokerFlap),
  overNats(clock),
  overNats(garbage),
];

interface Flags extends Options {
  readonly json?: true;
}

const INTERRUPTED = 130;
/** So many small scenarios run side by side. */
const AT_ONCE = 3;
const names = SCENARIOS.map(({ name }) => name);
const number = (text: string): number => {
  if (!(Number(text) >= 0)) throw new InvalidArgumentError("Write a number of 0 or more.");
  return Number(text);
};
const program = new Command("npm run chaos --")
  .description("Does harm to the program and to those that it works with, and says what came of it.")
  .argument("[scenarios...]", `any of: ${names.join(", ")} (default: all)`)
  .option("--rate <readings>", "readings a second", number)
  .option("--seconds <s>", "how long a trouble lasts", number)
  .option("--kills <n>", "how often the program is killed", number)
  .option("--seed <n>", "the same seed gives the same readings and the same plan of troubles", number, 1)
  .option("--small", "smaller figures: all scenarios in about fifteen minutes", false)
  .option("--json", "print the findings as JSON");
program.parse();
const { json, ...options } = program.opts<Flags>();
const unknown = program.args.find((name) => !names.includes(name));
if (unknown !== undefined) program.error(`no scenario is called "${unknown}": ${names.join(", ")}`);
const chosen = program.args.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => program.args.includes(name));

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void Place.closeAll().finally(() => process.exit(INTERRUPTED)));

let begun = 0;
const reports: Report[] = [];
await Promise.all(Array.from({ length: options.small ? AT_ONCE : 1 }, next));
process.stdout.write(`${json ? JSON.stringify(reports, undefined, 2) : table(reports)}\n`);
process.exitCode = reports.some(isBad) ? 1 : 0;

/** Does the next that nobody has begun, until there is none. */
async function next(): Promise<void> {
  for (let i = begun++; i < chosen.length; i = begun++) reports[i] = await once(chosen[i]!);
}

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
  const findings = await scenario
    .run(options, say)
    .catch((cause: unknown) => [
      finding("the scenario itself", "it ends", cause instanceof Error ? cause.stack! : String(cause), false),
    ]);
  return { ...report, seconds: (performance.now() - began) / 1000, findings };
}
