import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { Subject } from "rxjs";
import { RecordMaker } from "../contract/records.js";
import { Deferral } from "./deferral.js";
import type { Emission } from "./emission.js";
import { Admission } from "./queue.js";

describe("Deferral", () => {
  let source: Subject<Emission>;
  let admission: Admission;
  let deferral: Deferral;
  let given: (number | "end")[];
  let records: RecordMaker;

  beforeEach(() => {
    [source, admission, given, records] = [new Subject(), new Admission(false), [], new RecordMaker()];
    deferral = new Deferral(admission);
    deferral.run(source).subscribe({
      next: ({ main }) => void given.push(main.length),
      complete: () => void given.push("end"),
    });
  });
  const send = (count: number) =>
    source.next({ main: Array.from({ length: count }, (_, i) => records.at("a", i, { n: i })) });
  const turns = async () => {
    for (let i = 0; i < 5; i++) await setImmediate();
  };

  it("gives out a turn later, in order, and ends after the last", async () => {
    send(3);
    send(2);
    source.complete();
    expect(given).toEqual([]);
    await turns();
    expect(given).toEqual([3, 2, "end"]);
  });

  it("makes the source wait while hundreds of records wait, and lets it go on when they have gone", async () => {
    send(500);
    expect(admission.next()).toBeUndefined();
    send(100);
    const relief = admission.next();
    expect(relief).toBeDefined();
    await relief;
    expect(given).toEqual([500, 100]);
  });

  it("waits while one of those behind is full", async () => {
    let full = true;
    admission.add({
      get full() {
        return full;
      },
      settled: () => Promise.resolve(),
    });
    send(3);
    source.complete();
    await turns();
    expect(given).toEqual([]);
    full = false;
    admission.relieved();
    await turns();
    expect(given).toEqual([3, "end"]);
  });

  it("is settled when nothing waits", async () => {
    await deferral.settled();
    send(1);
    await deferral.settled();
    expect(given).toEqual([1]);
  });
});
