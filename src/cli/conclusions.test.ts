import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { parse } from "csv-parse/sync";
import { silentLog } from "../streams/contract/context.js";
import { listSource, operatorNode, sourceNode, topologyOf } from "../streams/contract/graph.js";
import { RecordMaker } from "../streams/contract/records.js";
import { prediction, verdict } from "../streams/record/record-type.js";
import { Run } from "../streams/runtime/run.js";
import { Conclusions } from "./conclusions.js";

const records = new RecordMaker();
const position = records.at("p", 0, {}).position;
const pass = { process: (record: never, output: { emit(record: never): void }) => output.emit(record) };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conclusions-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("writes conclusions of all kinds under one heading, and leaves nothing beside the file", async () => {
  const said = records.at("printer_1", 1, {
    kind: "prediction",
    fields: { roughness: 41.5 },
    evidence: {
      from: position,
      to: position,
      model: { name: "roughness", version: "1" },
      window: { start: 0, end: 1000 },
    },
  });
  const raised = records.at("printer, 2", 2, {
    kind: "verdict",
    rule: "rough",
    state: "raised",
    observed: 80,
    evidence: { from: position, to: position },
  });
  const model = operatorNode("forecast", ["in"], pass as never);
  const rule = operatorNode("rough", ["in"], {
    process: (record, output) => (record === raised ? output.emit(record) : undefined),
  });
  const topology = topologyOf(
    sourceNode("in", listSource([said, raised])),
    { ...model, emits: prediction },
    { ...rule, emits: verdict },
    {
      ...operatorNode("estimates", ["forecast"], pass as never),
      inputs: [{ node: "forecast", type: prediction }],
      emits: prediction,
    },
  );
  const run = new Run({ topologies: [topology], log: silentLog, live: false });
  await run.open();
  const out = join(folder, "out.csv");
  const conclusions = await Conclusions.watch(run, topology, out);
  await run.start();
  await conclusions.close();
  const [heading, ...rows] = (await readFile(out, "utf8")).trimEnd().split("\n");
  expect(heading).toBe("printer_id,timestamp,node,roughness,model,window_start,window_end,rule,state,observed");
  expect(rows.filter((row) => row.includes(",estimates,"))).toEqual([]);
  expect(rows).toContain(
    "printer_1,1970-01-01T00:00:01.000Z,forecast,41.5,roughness,1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z,,,",
  );
  expect(rows).toContain('"printer, 2",1970-01-01T00:00:02.000Z,rough,,,,,rough,raised,80');
  expect(await readdir(folder)).toEqual(["out.csv"]);
});

it("names the option where the file cannot be written", async () => {
  const run = new Run({ topologies: [], log: silentLog, live: false });
  await expect(Conclusions.watch(run, topologyOf(), join(folder, "none", "out.csv"))).rejects.toThrow(
    /--out .* cannot be written/,
  );
});

it("keeps rows whole whatever stands in them", async () => {
  const keys = ["two\nlines", "a\rreturn", 'say "hi"\n"there"', "a\u2028separator", "plain"];
  const said = keys.map((key, i) =>
    records.at(key, i, {
      kind: "verdict",
      rule: "rough",
      state: "raised",
      evidence: { from: position, to: position },
      ...(i === 3 && { limit: 75 }),
    }),
  );
  const rule = { ...operatorNode("rough", ["in"], pass as never), emits: verdict };
  const topology = topologyOf(sourceNode("in", listSource(said)), rule);
  const run = new Run({ topologies: [topology], log: silentLog, live: false });
  await run.open();
  const out = join(folder, "out.csv");
  const conclusions = await Conclusions.watch(run, topology, out);
  await run.start();
  await conclusions.close();
  const rows = parse<{ printer_id: string; limit: string }>(await readFile(out), { columns: true });
  expect(rows.map(({ printer_id }) => printer_id)).toEqual(keys);
  expect(rows.map(({ limit }) => limit)).toEqual(["", "", "", "75", ""]);
});
