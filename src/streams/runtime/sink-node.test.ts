import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { setImmediate } from "node:timers/promises";
import { Subject, VirtualTimeScheduler } from "rxjs";
import { collectGarbage } from "../../../test/garbage.js";
import type { Log } from "../component/context.js";
import type { AnySink, BufferPolicy, Sink } from "../component/definition.js";
import { DisconnectedError, PartialWriteError, PoisonRecordError } from "../component/errors.js";
import { silentLog } from "../contract/context.js";
import { RecordMaker } from "../contract/records.js";
import type { StreamRecord } from "../record/record.js";
import { clockOf } from "../time/clock.js";
import type { Arrival } from "./emission.js";
import { NodeMetrics } from "./metrics.js";
import { SinkNode } from "./sink-node.js";

const policy: BufferPolicy = { size: 2, wait: 100, limit: 4, overflow: "block" };
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe("SinkNode", () => {
  let time: VirtualTimeScheduler;
  let arrivals: Subject<Arrival>;
  let giveUp: AbortController;
  let metrics: NodeMetrics;
  let dead: string[];
  let written: number[][];
  let records: RecordMaker;

  beforeEach(() => {
    [time, arrivals, giveUp, metrics] = [
      new VirtualTimeScheduler(),
      new Subject(),
      new AbortController(),
      new NodeMetrics(),
    ];
    [dead, written, records] = [[], [], new RecordMaker()];
  });
  afterEach(() => giveUp.abort());

  const advance = async (ms: number) => {
    time.maxFrames = time.frame + ms;
    time.flush();
    time.frame = time.maxFrames;
    await settle();
  };
  const send = (...values: number[]) =>
    arrivals.next({ input: 0, batch: values.map((n) => records.at("printer_1", n, { n })) });
  const keeping: Sink<any> = {
    async write(batch) {
      written.push(batch.map(({ value }: StreamRecord<any>) => value.n));
      return undefined;
    },
  };
  const start = (sink: AnySink = keeping, change: Partial<BufferPolicy> = {}, log: Log = silentLog) => {
    const node = new SinkNode(sink, {
      metrics,
      policy: { ...policy, ...change },
      clock: clockOf(time),
      log,
      live: true,
      urgent: false,
      giveUp: giveUp.signal,
      dead: (element, reason) => dead.push(`${element.position.offset}: ${reason}`),
      relieved: () => {},
      passing: () => undefined,
    });
    return { node, done: node.run(arrivals) };
  };

  it("writes when a batch is full, or when the first record has waited long enough", async () => {
    start();
    send(1);
    await settle();
    expect(written).toEqual([]);
    send(2, 3);
    await settle();
    expect(written).toEqual([[1, 2]]);
    await advance(100);
    expect(written).toEqual([[1, 2], [3]]);
  });

  it("writes what is left when the stream ends, and is done after that", async () => {
    const { done } = start();
    send(1);
    arrivals.complete();
    await done;
    expect(written).toEqual([[1]]);
    expect(metrics).toMatchObject({ in: 1, out: 1, inFlight: 0 });
  });

  it("gives the same batch again, after growing pauses, until the other side is back", async () => {
    let away = 3;
    start({
      async write(batch) {
        if (away-- > 0) throw new DisconnectedError("refused");
        return keeping.write(batch);
      },
    });
    send(1, 2, 3);
    await settle();
    expect(metrics).toMatchObject({ connected: false, retries: 1 });
    for (let i = 0; i < 4; i++) await advance(1000);
    expect(written).toEqual([[1, 2], [3]]);
    expect(metrics).toMatchObject({ connected: true, retries: 3, out: 3 });
  });

  it("buries the refused records of a batch and counts the others as written", async () => {
    start({
      write: async () => {
        throw new PartialWriteError(new Map([[1, "bad field"]]));
      },
    });
    send(1, 2);
    await settle();
    expect(dead).toEqual(["1: bad field"]);
    expect(metrics).toMatchObject({ out: 1, dead: 1 });
  });

  it("takes records in as lines where the sink writes lines, and makes dead letters of those that cannot be", async () => {
    start({
      line: ({ value: { n } }) => {
        if (n === 1) throw new PoisonRecordError("no line for 1");
        return n === 2 ? undefined : `n=${n}`;
      },
      async writeLines(lines) {
        expect(lines).toBe("n=3\nn=4");
        throw new PartialWriteError(new Map([[1, "bad line"]]));
      },
    });
    send(1, 2, 3, 4);
    await settle();
    expect(dead).toEqual(["0: no line for 1", "3: bad line"]);
    expect(metrics).toMatchObject({ in: 4, out: 2, dead: 2, inFlight: 0 });
  });

  it("buries the whole batch on any other error and goes on with the next", async () => {
    let first = true;
    start({
      async write(batch) {
        if (first) {
          first = false;
          throw new Error("odd");
        }
        return keeping.write(batch);
      },
    });
    send(1, 2, 3, 4);
    await settle();
    expect(dead).toEqual(["0: odd", "1: odd"]);
    expect(written).toEqual([[3, 4]]);
  });

  it("is full at its limit where it blocks", async () => {
    const { node } = start({ write: () => new Promise(() => {}) });
    send(1, 2, 3, 4, 5);
    expect(node.full).toBe(false);
    send(6);
    expect(node.full).toBe(true);
  });

  it("lets the oldest go at its limit where the policy says so, and counts them", async () => {
    let open = (): void => {};
    const gate = new Promise<void>((go) => (open = go));
    start(
      {
        async write(batch) {
          await gate;
          return keeping.write(batch);
        },
      },
      { overflow: "drop-oldest" },
    );
    send(1, 2);
    send(3, 4, 5, 6, 7, 8);
    open();
    await settle();
    await advance(100);
    expect(written.flat()).toEqual([1, 2, 5, 6, 7, 8]);
    expect(metrics.dropped).toBe(2);
  });

  it("holds nothing of what it let go, however long a write takes", async () => {
    start({ write: () => new Promise(() => {}) }, { overflow: "drop-oldest" });
    send(1, 2);
    const batch = Array.from({ length: 10_000 }, (_, n) => records.at("printer_1", n, { n }));
    const [first, last] = [new WeakRef(batch[0]!), new WeakRef(batch.at(-1)!)];
    arrivals.next({ input: 0, batch: batch.splice(0) });
    // What a WeakRef was made of stays until the turn is over.
    await setImmediate();
    collectGarbage();
    expect([first.deref(), last.deref()?.value]).toEqual([undefined, { n: 9_999 }]);
  });

  it("leaves the other side alone for as long as it asks, within bounds", async () => {
    let asked = 0;
    start({
      async write() {
        asked++;
        throw new DisconnectedError("too much to do", { retryAfter: asked === 1 ? 5_000 : 3_600_000 });
      },
    });
    send(1, 2);
    await settle();
    await advance(4_999);
    expect(asked).toBe(1);
    await advance(1);
    expect(asked).toBe(2);
    await advance(59_999);
    expect(asked).toBe(2);
    await advance(1);
    expect(asked).toBe(3);
  });

  it("counts what is being written as in flight", async () => {
    start({ write: () => new Promise(() => {}) });
    send(1, 2, 3);
    expect(metrics.inFlight).toBe(3);
  });

  it.each<[string, Sink<any>["write"]]>([
    ["hangs", () => new Promise(() => {})],
    ["is lost", () => Promise.reject(new DisconnectedError("away"))],
  ])("gives up all that waits for another side that %s when told to, and says it once", async (_, write) => {
    const said: unknown[] = [];
    const { done } = start({ write }, {}, { ...silentLog, error: (...line) => void said.push(line) });
    send(1, 2, 3, 4, 5);
    arrivals.complete();
    await settle();
    giveUp.abort();
    await done;
    expect(metrics).toMatchObject({ dropped: 5, inFlight: 0 });
    expect(said).toEqual([["stopped with records unwritten", expect.objectContaining({ records: 5 })]]);
  });

  it("hands marks over in their place between the records", async () => {
    const order: (number | string)[] = [];
    const { done } = start({
      async write(batch) {
        order.push(...batch.map(({ value }: StreamRecord<any>) => value.n));
        return undefined;
      },
      advance: (mark) => order.push(mark.cause),
    });
    arrivals.next({
      input: 0,
      batch: [records.at("p", 1, { n: 1 }), records.mark("p", 1), records.at("p", 2, { n: 2 })],
    });
    arrivals.complete();
    await done;
    expect(order).toEqual([1, "idle", 2]);
  });
});
