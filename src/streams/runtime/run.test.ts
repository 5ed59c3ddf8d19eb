import { describe, expect, it } from "@jest/globals";
import type { RecordOperator } from "../component/definition.js";
import { ConfigError, FatalError, PoisonRecordError } from "../component/errors.js";
import { silentLog } from "../contract/context.js";
import { Keeping, listSource, operatorNode, sinkNode, sourceNode, topologyOf } from "../contract/graph.js";
import { RecordMaker } from "../contract/records.js";
import { derive, type StreamRecord } from "../record/record.js";
import type { Node } from "../topology/topology.js";
import { Run, type RunOptions } from "./run.js";

const numbers = (...values: number[]) => {
  const records = new RecordMaker();
  return values.map((n, i) => records.at(i % 2 ? "odd" : "even", i, { n }));
};
const n = (records: readonly StreamRecord[]) => records.map(({ value }) => (value as { n: number }).n);
const add = (by: number): RecordOperator<{ n: number }, { n: number }> => ({
  process: (record, output) => output.emit(derive(record, { n: record.value.n + by })),
});

/** A promise that the test lets go. */
function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((go) => (resolve = go));
  return { promise, resolve };
}

async function run(nodes: Node[], options: Partial<RunOptions> = {}): Promise<Run> {
  const run = new Run({ topologies: [topologyOf(...nodes)], log: silentLog, live: true, ...options });
  await run.open();
  await run.start();
  return run;
}

describe("Run", () => {
  it("carries records from source through operators to sinks, each once, and closes them", async () => {
    const [left, right] = [new Keeping(), new Keeping()];
    await run([
      sourceNode("in", listSource(numbers(1, 2), numbers(3))),
      operatorNode("ten", ["in"], add(10)),
      sinkNode("left", ["ten"], left),
      sinkNode("right", ["in", "ten"], right),
    ]);
    expect(n(left.records)).toEqual([11, 12, 13]);
    expect(n(right.records).sort((a, b) => a - b)).toEqual([1, 2, 3, 11, 12, 13]);
    expect([left.closed, right.closed]).toEqual([1, 1]);
  });

  it("puts a record that an operator fails on among the dead letters and goes on", async () => {
    const kept = new Keeping();
    const fussy: RecordOperator<{ n: number }, unknown> = {
      process(record, output) {
        if (record.value.n === 2) throw new PoisonRecordError("no twos");
        output.emit(record);
      },
    };
    const done = await run([
      sourceNode("in", listSource(numbers(1, 2, 3))),
      operatorNode("fussy", ["in"], fussy),
      sinkNode("out", ["fussy"], kept),
    ]);
    expect(n(kept.records)).toEqual([1, 3]);
    expect(done.deadLetters.kept).toMatchObject([{ node: "fussy", reason: "no twos", key: "odd", payload: { n: 2 } }]);
    expect(done.status().find(({ node }) => node === "fussy")).toMatchObject({ in: 3, out: 2, dead: 1 });
  });

  it("tells an operator by which of its inputs a record or a mark comes", async () => {
    const seen: string[] = [];
    const records = new RecordMaker();
    const listening: RecordOperator<{ n: number }, unknown> = {
      process: (record, _, input) => void seen.push(`${input}: ${record.value.n}`),
      advance: (mark, _, input) => void seen.push(`${input}: ${mark.cause}`),
    };
    await run([
      sourceNode("a", listSource([records.at("p", 1, { n: 1 }), records.mark("p", 1, "gone")])),
      sourceNode("b", listSource([records.at("p", 2, { n: 2 }), records.mark("p", 2, "idle")])),
      operatorNode("both", ["a", "b"], listening),
    ]);
    expect(seen.sort()).toEqual(["0: 1", "0: gone", "1: 2", "1: idle"]);
  });

  it("gives each batch to an urgent sink before the others", async () => {
    const order: string[] = [];
    const noting = (name: string) => ({
      async write() {
        order.push(name);
        return undefined;
      },
    });
    await run([
      sourceNode("in", listSource(numbers(1))),
      operatorNode("a", ["in"], add(0)),
      operatorNode("b", ["in"], add(0)),
      sinkNode("rows", ["a", "in"], noting("rows")),
      sinkNode("control", ["b"], noting("control"), { urgent: true }),
    ]);
    expect(order[0]).toBe("control");
  });

  it("decides for an urgent sink before any window or row is made, also of what came earlier", async () => {
    const order: string[] = [];
    const noting = (name: string): RecordOperator<{ n: number }, { n: number }> => ({
      process(record, output) {
        order.push(`${name} ${record.value.n}`);
        output.emit(record);
      },
    });
    await run([
      sourceNode("in", listSource(numbers(1), numbers(2))),
      operatorNode("window", ["in"], noting("window"), { ownTime: true }),
      operatorNode("rule", ["in", "window"], noting("rule")),
      sinkNode("control", ["rule"], new Keeping(), { urgent: true }),
    ]);
    expect(order).toEqual(["rule 1", "rule 2", "window 1", "rule 1", "window 2", "rule 2"]);
  });

  it("lets a sink report what it did to another sink", async () => {
    const kept = new Keeping();
    const reporting = {
      write: async (batch: readonly StreamRecord[]) => batch.map((record) => derive(record, { n: -1 })),
    };
    await run([
      sourceNode("in", listSource(numbers(1, 2))),
      sinkNode("control", ["in"], reporting, { emits: () => ({ kind: "adjustment" }) }),
      sinkNode("rows", ["control"], kept),
    ]);
    expect(n(kept.records)).toEqual([-1, -1]);
  });

  it("reads side streams by name", async () => {
    const kept = new Keeping();
    const sorting: RecordOperator<{ n: number }, unknown> = {
      process: (record, output) => (record.value.n > 1 ? output.side("big", record) : output.emit(record)),
    };
    const done = await run([
      sourceNode("in", listSource(numbers(1, 2, 3))),
      operatorNode("sort", ["in"], sorting),
      sinkNode("out", ["sort.big"], kept),
    ]);
    expect(n(kept.records)).toEqual([2, 3]);
    expect(done.status()[1]).toMatchObject({ out: 1, sides: { big: 2 } });
  });

  it("ends when what nobody reads has ended", async () => {
    const seen: number[] = [];
    const cut = new Run({
      topologies: [
        topologyOf(sourceNode("in", listSource(numbers(1), numbers(2))), operatorNode("ten", ["in"], add(10))),
      ],
      log: silentLog,
      live: false,
    });
    await cut.open();
    cut.outputOf("test", "ten")!.subscribe((batch) => seen.push(...n(batch)));
    await cut.start();
    expect(seen).toEqual([11, 12]);
  });

  it("opens no source when a sink refuses its settings, and closes what was open", async () => {
    const kept = new Keeping();
    let read = 0;
    const nodes = [
      sourceNode("in", {
        async *read() {
          read++;
        },
      }),
      sinkNode("bad", ["in"], kept, {
        open: () => {
          throw new ConfigError("wrong password");
        },
      }),
      sinkNode("good", ["in"], kept),
    ];
    await expect(run(nodes)).rejects.toThrow("wrong password");
    expect(read).toBe(0);
    expect(kept.closed).toBe(1);
  });

  it("works off what was read when a source fails, then rejects with the cause", async () => {
    const kept = new Keeping();
    const failing = {
      async *read() {
        yield numbers(1, 2);
        throw new FatalError("disk gone");
      },
    };
    await expect(run([sourceNode("in", failing), sinkNode("out", ["in"], kept)])).rejects.toThrow("disk gone");
    expect(n(kept.records)).toEqual([1, 2]);
    expect(kept.closed).toBe(1);
  });

  it("stops an endless source and flushes", async () => {
    const kept = new Keeping();
    const started = deferred();
    const endless = {
      async *read(stop: AbortSignal) {
        yield numbers(1);
        started.resolve();
        await new Promise((resolve) => stop.addEventListener("abort", resolve));
      },
    };
    const last: RecordOperator<unknown, unknown> = { process() {}, flush: (output) => output.emit(numbers(9)[0]!) };
    const going = new Run({
      topologies: [
        topologyOf(sourceNode("in", endless), operatorNode("last", ["in"], last), sinkNode("out", ["last"], kept)),
      ],
      log: silentLog,
      live: true,
    });
    await going.open();
    const done = going.start();
    await started.promise;
    await going.stop();
    await done;
    expect(n(kept.records)).toEqual([9]);
  });

  it("reads on only when a blocking sink has room", async () => {
    const gate = deferred();
    let asked = 0;
    const counting = {
      async *read() {
        for (; asked < 10; asked++) yield numbers(asked);
      },
    };
    const slow = {
      async write() {
        await gate.promise;
        return undefined;
      },
    };
    const nodes = [
      sourceNode("in", counting),
      sinkNode("out", ["in"], slow, { buffer: () => ({ size: 1, wait: 0, limit: 3, overflow: "block" }) }),
    ];
    const going = new Run({ topologies: [topologyOf(...nodes)], log: silentLog, live: true });
    await going.open();
    const done = going.start();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(asked).toBeLessThan(6);
    gate.resolve();
    await done;
    expect(asked).toBe(10);
  });

  it("rehearses and collects where the run may not write", async () => {
    const kept = new Keeping();
    const rehearsed = new Keeping();
    const nodes = [
      sourceNode("in", listSource(numbers(1))),
      sinkNode("control", ["in"], kept, { rehearse: () => rehearsed }),
      sinkNode("rows", ["in"], kept),
    ];
    const done = await run(nodes, { live: false, reach: (_, { name }) => (name === "rows" ? "collect" : "rehearse") });
    expect([kept.records.length, rehearsed.records.length]).toEqual([0, 1]);
    expect(done.status()[2]).toMatchObject({ node: "rows", in: 1 });
  });
});
