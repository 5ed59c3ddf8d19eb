import { beforeEach, describe, expect, it } from "@jest/globals";
import { Subject, VirtualTimeScheduler } from "rxjs";
import type { BatchOperator } from "../component/definition.js";
import { PoisonRecordError } from "../component/errors.js";
import { RecordMaker } from "../contract/records.js";
import { derive, isMark, type StreamRecord } from "../record/record.js";
import { clockOf } from "../time/clock.js";
import { BatchNode } from "./batch-node.js";
import type { Arrival } from "./emission.js";
import { NodeMetrics } from "./metrics.js";

const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe("BatchNode", () => {
  let time: VirtualTimeScheduler;
  let arrivals: Subject<Arrival>;
  let out: (number | string)[];
  let sizes: number[];
  let dead: string[];
  let completed: boolean;
  let records: RecordMaker;
  let metrics: NodeMetrics;

  beforeEach(() => {
    [time, arrivals, records, metrics] = [
      new VirtualTimeScheduler(),
      new Subject(),
      new RecordMaker(),
      new NodeMetrics(),
    ];
    [out, sizes, dead, completed] = [[], [], [], false];
  });

  const double: BatchOperator<any, any>["processBatch"] = async (batch) => {
    sizes.push(batch.length);
    return batch.map((record: StreamRecord<number>) => derive(record, record.value * 2));
  };
  const start = (processBatch = double, live = true) => {
    const node = new BatchNode(
      { batch: { size: 2, wait: 5 }, processBatch },
      {
        metrics,
        clock: clockOf(time),
        live,
        dead: (_, reason) => dead.push(reason),
        relieved: () => {},
        passing: () => {},
      },
    );
    node.run(arrivals).subscribe({
      next: ({ main }) =>
        out.push(...main.map((element) => (isMark(element) ? element.cause : (element.value as number)))),
      complete: () => (completed = true),
    });
    return node;
  };
  const send = (...values: number[]) => arrivals.next({ input: 0, batch: values.map((n) => records.at("p", n, n)) });

  it("goes when it has enough records, or when the first has waited long enough", async () => {
    start();
    send(1, 2, 3);
    await settle();
    expect(sizes).toEqual([2]);
    time.flush();
    await settle();
    expect(sizes).toEqual([2, 1]);
    expect(out).toEqual([2, 4, 6]);
  });

  it("waits for no clock in a replay", async () => {
    const node = start(double, false);
    send(1);
    await node.settled();
    expect(out).toEqual([2]);
  });

  it("keeps marks in their places", async () => {
    const node = start(double, false);
    arrivals.next({ input: 0, batch: [records.at("p", 1, 1), records.mark("p", 1), records.at("p", 2, 2)] });
    await node.settled();
    expect(out).toEqual([2, "idle", 4]);
  });

  it("turns one bad record into a dead letter, a failed batch into as many as it had", async () => {
    let call = 0;
    start(async (batch) => {
      if (call++ > 0) throw new Error("model broke");
      return batch.map((record, i) => (i === 0 ? new PoisonRecordError("not a number") : record));
    });
    send(1, 2, 3, 4);
    await settle();
    expect(out).toEqual([2]);
    expect(dead).toEqual(["not a number", "model broke", "model broke"]);
    expect(metrics).toMatchObject({ in: 4, out: 1, dead: 3, inFlight: 0 });
  });

  it("works off what waits before it completes", async () => {
    start();
    send(1, 2, 3);
    arrivals.complete();
    await settle();
    expect(out).toEqual([2, 4, 6]);
    expect(completed).toBe(true);
  });
});
