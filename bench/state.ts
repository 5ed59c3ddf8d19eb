import { slidingWindow } from "../src/operators/sliding-window/index.js";
import type { RecordOperator } from "../src/streams/component/definition.js";
import { contextFor } from "../src/streams/contract/context.js";
import { RecordMaker } from "../src/streams/contract/records.js";
import type { Cut, Entry } from "../src/streams/time/cut.js";

const PRINTERS = 10_000;
/** Readings a second of each printer. */
const HERTZ = [1, 10] as const;
/** s, more than a window of 30 s and its lateness of 5 s. */
const SECONDS = 40;
const ROUNDS = 5;
const SLICE = 100;
/** Those of which the windows of quality.yaml keep samples. */
const FIELDS = [
  "nozzle_temp_error",
  "bed_temp_error",
  "nozzle_power",
  "bed_power",
  "vibration",
  "feedrate",
  "layer_height",
  "roughness",
] as const;

/** What it costs to save and restore the windows of quality.yaml, key by key: time of the processor, garbage collection with it. */
export function state(): Promise<void> {
  for (const hertz of HERTZ) {
    const operator = filled(hertz);
    console.log(`${PRINTERS} printers at ${hertz} Hz, windows of 30 s, ${FIELDS.length} fields`);
    for (let round = 0; round < ROUNDS; round++) once(operator);
  }
  return Promise.resolve();
}

function once(operator: RecordOperator<unknown, unknown>): void {
  const cost = { cut: 0, save: 0, write: 0, restore: 0 };
  const spend = <T>(on: keyof typeof cost, act: () => T): T => {
    const { user, system } = process.cpuUsage();
    const made = act();
    const after = process.cpuUsage();
    cost[on] += after.user + after.system - user - system;
    return made;
  };
  let bytes = 0;
  const restored = open();
  const cut = spend("cut", () => operator.state!.open!.cut());
  while (!cut.done) {
    const entries = spend("save", () => slice(cut));
    const texts = spend("write", () => entries.map((entry) => JSON.stringify(entry)));
    for (const { length } of texts) bytes += length;
    spend("restore", () => {
      for (const text of texts) restored.state!.open!.restore(...(JSON.parse(text) as Entry));
    });
  }
  const each = (on: keyof typeof cost) => `${on} ${(cost[on] / PRINTERS).toFixed(1)}`;
  console.log(
    `${each("save")}, ${each("write")}, ${each("restore")} µs a key of ${(bytes / PRINTERS / 1000).toFixed(1)} kB; ` +
      `the cut itself ${cost.cut} µs`,
  );
}

/** As many as the runtime might take between two batches. */
function slice(cut: Cut): Entry[] {
  const entries: Entry[] = [];
  while (entries.length < SLICE) {
    const entry = cut.pull();
    if (!entry) break;
    entries.push(entry);
  }
  return entries;
}

function open(): RecordOperator<unknown, unknown> {
  const options = slidingWindow.options.parse({ size: "30s", every: "1s", lateness: "5s", filled: 0.5 });
  const context = contextFor({ demand: { fields: FIELDS, samples: false } });
  return slidingWindow.open(options, context) as RecordOperator<unknown, unknown>;
}

/** Printers whose windows are full. */
function filled(hertz: number): RecordOperator<unknown, unknown> {
  const operator = open();
  const records = new RecordMaker();
  const output = { emit() {}, side() {} };
  for (let i = 0; i < SECONDS * hertz; i++)
    for (let printer = 0; printer < PRINTERS; printer++) {
      const value = Object.fromEntries(FIELDS.map((field, j) => [field, Math.sin(i * j + printer)]));
      operator.process(records.at(`printer_${printer}`, 1.7e9 + i / hertz, value), output, 0);
    }
  return operator;
}
