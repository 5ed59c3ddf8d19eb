import { expect, it } from "@jest/globals";
import { Subject } from "rxjs";
import { RecordMaker } from "../contract/records.js";
import { Alignment } from "./alignment.js";
import type { Arrival } from "./emission.js";
import { Admission } from "./queue.js";

const records = new RecordMaker();

function aligned(inputs: number) {
  const arrivals = new Subject<Arrival>();
  const seen: string[] = [];
  arrivals
    .pipe(new Alignment(inputs).run())
    .subscribe(({ input, batch, barrier }) =>
      seen.push(barrier ? `| ${barrier.epoch}` : `${input}: ${batch.map(({ key }) => key).join(" ")}`),
    );
  return {
    seen,
    give: (input: number, key: string) => arrivals.next({ input, batch: [records.at(key, 0, {})] }),
    barrier: (input: number, epoch: number) => arrivals.next({ input, batch: [], barrier: { epoch } }),
    end: (input: number) => arrivals.next({ input, batch: [], ended: true }),
  };
}

it("holds back an input that is ahead until the barrier has come by all", () => {
  const { seen, give, barrier } = aligned(2);
  give(0, "a");
  barrier(0, 1);
  give(0, "b");
  give(1, "c");
  barrier(1, 1);
  give(1, "d");
  expect(seen).toEqual(["0: a", "1: c", "| 1", "0: b", "1: d"]);
});

it("keeps its place when an input is ahead by two barriers", () => {
  const { seen, give, barrier } = aligned(2);
  barrier(0, 1);
  give(0, "a");
  barrier(0, 2);
  give(0, "b");
  give(1, "c");
  barrier(1, 1);
  give(1, "d");
  barrier(1, 2);
  expect(seen).toEqual(["1: c", "| 1", "0: a", "1: d", "| 2", "0: b"]);
});

it("does not wait for an input that has ended", () => {
  const { seen, give, barrier, end } = aligned(2);
  barrier(0, 1);
  give(0, "a");
  end(1);
  barrier(0, 2);
  end(0);
  expect(seen).toEqual(["| 1", "0: a", "| 2"]);
});

it("makes sources wait when it holds much, and none of the queues that its barrier may stand in", async () => {
  const admission = new Admission(false);
  const alignment = new Alignment(2, () => admission.relieved());
  admission.addAnteroom(alignment);
  const arrivals = new Subject<Arrival>();
  arrivals.pipe(alignment.run()).subscribe();
  arrivals.next({ input: 0, batch: [], barrier: { epoch: 1 } });
  arrivals.next({ input: 0, batch: Array.from({ length: 20_000 }, () => records.at("a", 0, {})) });
  expect(admission.crowded).toBe(false);
  const relief = admission.next();
  expect(relief).toBeDefined();
  arrivals.next({ input: 1, batch: [], barrier: { epoch: 1 } });
  await relief;
});
