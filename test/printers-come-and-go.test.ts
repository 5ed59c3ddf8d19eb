import { describe, expect, it } from "@jest/globals";
import { operators } from "../src/operators/index.js";
import type { OperatorDefinition, RecordOperator, Source } from "../src/streams/component/definition.js";
import { contextFor, silentLog } from "../src/streams/contract/context.js";
import { operatorNode, sourceNode, topologyOf } from "../src/streams/contract/graph.js";
import { feed, RecordMaker } from "../src/streams/contract/records.js";
import { reading } from "../src/streams/record/record-type.js";
import type { Batch } from "../src/streams/record/record.js";
import { Run } from "../src/streams/runtime/run.js";
import { collectGarbage } from "./garbage.js";

/** What cannot be let go of, in bytes. */
const memory = (): number => {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const printers = (day: number): string[] => Array.from({ length: 10_000 }, (_, i) => `printer_${day}_${i}`);
/** Operators that are told when a printer goes, each with options. */
const TIMED: Readonly<Record<string, object>> = {
  "tumbling-window": { size: "10s", late: "amend" },
  "sliding-window": { size: "10s", every: "1s" },
  "session-window": { by: "layer", late: "amend" },
  "count-window": { count: 100 },
  join: { fields: ["roughness"], within: "5s" },
};

/** Every printer sends a few readings. */
function readings(records: RecordMaker, keys: readonly string[]): Batch[] {
  return [0, 1, 2].map((second) =>
    keys.map((key, i) => records.at(key, second, { roughness: i % 60, layer: second, state: "printing" })),
  );
}

describe("ten thousand printers that come and go", () => {
  it("leave nothing behind in any operator that knows of time, day after day", async () => {
    const records = new RecordMaker();
    const seen: Record<string, number>[] = [];
    const used: number[] = [];
    const look = (): void => {
      const known = run.status().filter(({ keys }) => keys !== undefined);
      seen.push(Object.fromEntries(known.map(({ node, keys }) => [node, keys!])));
      used.push(memory());
    };
    const source: Source<unknown> = {
      async *read() {
        for (const day of [1, 2, 3]) {
          const keys = printers(day);
          // Asked for more, a source is rid of all that it gave. The end of the input would let go of everything.
          yield* readings(records, keys);
          look();
          yield keys.map((key) => records.mark(key, 3, "gone"));
          look();
        }
      },
    };
    const nodes = Object.entries(TIMED).map(([type, options]) => {
      const definition = operators.find((known) => known.type === type)!;
      const inputs = type === "join" ? ["in", "in"] : ["in"];
      const context = contextFor({ inputs: inputs.map(() => reading) });
      const operator = definition.open(definition.options.parse(options), context) as RecordOperator<unknown, unknown>;
      return operatorNode(type, inputs, operator, { ownTime: true });
    });
    const run = new Run({ topologies: [topologyOf(sourceNode("in", source), ...nodes)], log: silentLog, live: true });
    await run.open();
    await run.start();
    const each = (count: number) => Object.fromEntries(Object.keys(TIMED).map((type) => [type, count]));
    expect(seen).toEqual([1, 2, 3].flatMap(() => [each(10_000), each(0)]));
    const [, , , second, full, third] = used as [number, number, number, number, number, number];
    // Of a printer that is gone a window keeps up to when it had closed, so that what is late stays late.
    expect(third - second).toBeLessThan((full - second) / 8);
  }, 120_000);

  const bounded = operators.filter(({ stateful, options }) => stateful && takesKeys(options));

  it.each(bounded.map((definition) => [definition.type, definition] as const))(
    "are forgotten by %s beyond its limit",
    (_, definition) => {
      const options = { ...(TIMED[definition.type] ?? { field: "roughness" }), keys: 100 };
      const opened = definition.open(definition.options.parse(options), contextFor({ inputs: [reading, reading] }));
      const operator = opened as RecordOperator<unknown, unknown>;
      feed(operator, readings(new RecordMaker(), printers(1)).flat(), { flush: false });
      expect(operator.keys!()).toBeGreaterThan(0);
      expect(operator.keys!()).toBeLessThanOrEqual(100);
    },
  );

  it.each([
    ["threshold", { field: "roughness", above: 75 }, 100_000],
    ["dedupe", { last: 1 }, 100_000],
    ["dedupe", { last: 100_000 }, 100],
    ["rate-limit", { count: 1, per: "1s" }, 100_000],
    ["rate-limit", { count: 10_000, per: "1s" }, 1_000],
  ])("are forgotten by %s %j only when there are too many, not when they go", (type, options, limit) => {
    const definition = operators.find((known) => known.type === type)!;
    const operator = definition.open(definition.options.parse(options), contextFor()) as RecordOperator<any, any>;
    const records = new RecordMaker();
    const keys = Array.from({ length: limit }, (_, i) => `printer_${i}`);
    feed(
      operator,
      keys.flatMap((key) => [records.at(key, 0, { roughness: 1 }), records.mark(key, 0, "gone")]),
    );
    expect(operator.keys!()).toBe(limit);
    feed(operator, [records.at("one more", 0, { roughness: 1 })]);
    expect(operator.keys!()).toBeLessThan(limit);
  });

  it("are bounded by an option wherever windows, joins and drifts are kept", () => {
    const types = bounded.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining([...Object.keys(TIMED), "drift"]));
  });
});

/** Whether an option says for how many keys state is kept: a value of the wrong type is refused under its name. */
function takesKeys(options: OperatorDefinition["options"]): boolean {
  const { error } = options.safeParse({ keys: "many" });
  return error?.issues.some(({ path }) => path[0] === "keys") ?? false;
}
