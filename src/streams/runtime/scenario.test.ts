import { expect, it } from "@jest/globals";
import type { RecordOperator, SourceDefinition } from "../component/definition.js";
import { silentLog } from "../contract/context.js";
import { Keeping, listSource, operatorNode, sinkNode, sourceNode, topologyOf } from "../contract/graph.js";
import { derive } from "../record/record.js";
import type { Scenario } from "../topology/topology.js";
import { runScenario } from "./scenario.js";

const place = { file: "test.yaml", line: 1, column: 1 };
const double: RecordOperator<{ n: number }, unknown> = {
  process: (record, output) => output.emit(derive(record, { n: record.value.n * 2 })),
};
const written = new Keeping();
const topology = topologyOf(
  sourceNode("in", {
    read: () => {
      throw new Error("a scenario reads no real source");
    },
  }),
  operatorNode("double", ["in"], double),
  sinkNode("out", ["double"], written),
);
const options = {
  log: silentLog,
  resources: new Map(),
  recording: () => sourceNode("file", listSource()).definition as SourceDefinition,
};
const scenario = (expectation: Scenario["expect"][number]): Scenario => ({
  name: "doubles",
  env: {},
  insert: [{ at: "in", records: [{ key: "p", eventTime: 1000, value: { n: 21 } }] }],
  expect: [expectation],
  place,
});

it("puts inserts in place of the sources and writes nothing", async () => {
  const { differences } = await runScenario(
    topology,
    scenario({ at: "double", records: [{ value: { n: 42 } }] }),
    options,
  );
  expect(differences).toEqual([]);
  expect(written.records).toEqual([]);
});

it("sees at a sink what it would have been given", async () => {
  const { differences } = await runScenario(
    topology,
    scenario({ at: "out", records: [{ value: { n: 42 } }] }),
    options,
  );
  expect(differences).toEqual([]);
});

it("sees the side of a node, and what ends there as a dead letter", async () => {
  const sorting: RecordOperator<{ n: number }, unknown> = {
    process(record, output) {
      if (record.value.n > 100) throw new Error("too large");
      output.side("odd", record);
    },
  };
  const sorted = topologyOf(
    sourceNode("in", listSource()),
    operatorNode("sort", ["in"], sorting),
    sinkNode("out", ["sort.odd"], written),
  );
  const records = [7, 9, 101].map((n) => ({ key: "p", eventTime: n, value: { n } }));
  const insert = [{ at: "in", records }];
  const right = {
    ...scenario({ at: "sort.odd", records: [{ value: { n: 7 } }, { value: { n: 9 } }], dead: 1 }),
    insert,
  };
  expect((await runScenario(sorted, right, options)).differences).toEqual([]);
  const wrong = { ...scenario({ at: "sort", dead: 0 }), insert };
  expect((await runScenario(sorted, wrong, options)).differences).toEqual([
    "sort: expected 0 dead letters, got 1",
    "dead letter at sort: too large",
  ]);
});

it("tells what came out otherwise", async () => {
  const { differences } = await runScenario(topology, scenario({ at: "double", count: 3 }), options);
  expect(differences).toEqual(["double: expected 3 records, got 1"]);
});
