import { components } from "../src/components.js";
import type { SinkDefinition, SourceDefinition } from "../src/streams/component/definition.js";
import { Registry } from "../src/streams/component/registry.js";
import { Positions } from "../src/streams/record/partition.js";
import type { Batch, StreamRecord } from "../src/streams/record/record.js";
import type { Reading } from "../src/streams/record/values.js";
import { Run } from "../src/streams/runtime/run.js";
import { compile } from "../src/streams/topology/compile.js";
import { formatProblem } from "../src/streams/topology/problem.js";
import { withSources } from "../src/streams/topology/edit.js";
import type { Topology } from "../src/streams/topology/topology.js";

const RECORDS = 3_000_000;
const PRINTERS = 100;
const BATCH = 256;
const ROUNDS = 5;

const PIPELINE = `
name: engine
sources: { in: { type: csv, files: [none.csv] } }
operators:
  printing: { type: filter, from: in, where: "roughness >= 0" }
  spans: { type: sliding-window, from: printing, size: 30s, every: 1s, lateness: 5s }
  features: { type: extract-features, from: spans, fields: [nozzle_temp, bed_temp, roughness, layer_height] }
  rough: { type: threshold, from: features, field: roughness_mean, above: 75, clear: 70 }
sinks: { out: { type: console, from: rough } }
`;

/** Records a second through filter -> sliding window -> features -> threshold on one thread, with no input or output. */
export async function engine(): Promise<void> {
  const topology = compiled();
  console.log(`${RECORDS} readings of ${PRINTERS} printers at 10 Hz each, batches of ${BATCH}, ${ROUNDS} rounds`);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bare = await emptyLoop();
    const seconds = await once(topology);
    rates.push(RECORDS / seconds);
    console.log(
      `round ${round + 1}: ${Math.round(RECORDS / seconds)} records/s, ${((seconds / RECORDS) * 1e9).toFixed(0)} ns a record` +
        ` (making the records alone: ${((bare / RECORDS) * 1e9).toFixed(0)} ns)`,
    );
  }
  rates.sort((a, b) => a - b);
  console.log(`median ${Math.round(rates[Math.floor(rates.length / 2)]!)} records/s`);
}

async function once(topology: Topology): Promise<number> {
  const run = new Run({ topologies: [topology], log: { debug() {}, info() {}, warn() {}, error() {} }, live: true });
  await run.open();
  const began = performance.now();
  await run.start();
  const seconds = (performance.now() - began) / 1000;
  const status = run.status();
  const spans = status.find(({ node }) => node === "spans");
  if (spans?.in !== RECORDS || spans.out < (RECORDS / 10) * 0.9)
    throw new Error(`windows are missing: ${JSON.stringify(status)}`);
  return seconds;
}

async function emptyLoop(): Promise<number> {
  const began = performance.now();
  let seen = 0;
  for await (const batch of batches(new AbortController().signal)) seen += batch.length;
  if (seen !== RECORDS) throw new Error("records are missing");
  return (performance.now() - began) / 1000;
}

function compiled(): Topology {
  const result = compile({ path: "bench/engine", text: PIPELINE }, new Registry(components), {});
  if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
  const source: Partial<SourceDefinition> = { open: () => ({ read: batches }) };
  const sink: Partial<SinkDefinition> = {
    open: () => ({ write: () => Promise.resolve(undefined) }),
  };
  const [node] = result.topology.nodes;
  const replaced = withSources(
    result.topology,
    new Map([["in", { ...(node!.definition as SourceDefinition), ...source }]]),
  );
  return {
    ...replaced,
    nodes: replaced.nodes.map((each) =>
      each.definition.role === "sink" ? { ...each, definition: { ...each.definition, ...sink } } : each,
    ),
  };
}

async function* batches(stop: AbortSignal): AsyncGenerator<Batch<Reading>> {
  const positions = new Positions("in", 64);
  const keys = Array.from({ length: PRINTERS }, (_, i) => `printer_${i + 1}`);
  const values = Array.from({ length: 1024 }, (_, i): Reading => ({
    printer_id: "printer_1",
    timestamp: "2026-01-01T00:00:00.000Z",
    nozzle_temp: 215 + Math.sin(i) / 2,
    bed_temp: 60 + Math.cos(i) / 4,
    roughness: 35 + 20 * Math.sin(i / 100) + (i % 7),
    layer_height: 0.2,
  }));
  for (let made = 0; made < RECORDS && !stop.aborted; made += BATCH) {
    const batch: StreamRecord<Reading>[] = [];
    for (let i = made; i < Math.min(made + BATCH, RECORDS); i++) {
      const key = keys[i % PRINTERS]!;
      batch.push({
        key,
        eventTime: 1.7e12 + Math.floor(i / PRINTERS) * 100,
        value: values[i & 1023]!,
        position: positions.next(key),
      });
    }
    yield await Promise.resolve(batch);
  }
}
