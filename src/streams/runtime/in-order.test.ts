import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { Subject } from "rxjs";
import { RecordMaker } from "../contract/records.js";
import type { Arrival } from "./emission.js";
import { inOrder } from "./in-order.js";

const records = new RecordMaker();

function through(arrivals: readonly Arrival[]): string[] {
  const given = new Subject<Arrival>();
  const seen: string[] = [];
  given.pipe(inOrder()).subscribe(({ batch, barrier }) => {
    for (const { key, eventTime, value } of batch) seen.push(`${eventTime / 1000} ${key} ${String(value)}`);
    if (barrier) seen.push("|");
  });
  for (const arrival of arrivals) given.next(arrival);
  given.complete();
  return seen;
}

const arrival = (input: number, key: string, time: number, value: string): Arrival => ({
  input,
  batch: [records.at(key, time, value)],
});
const barrier: Arrival = { input: 0, batch: [], barrier: { epoch: 1 } };

it("sorts an epoch by time, key and input, and never across its end", () => {
  const seen = through([
    arrival(1, "b", 2, "estimate"),
    arrival(0, "b", 2, "first"),
    arrival(0, "b", 2, "second"),
    arrival(0, "a", 2, "x"),
    arrival(0, "c", 1, "x"),
    barrier,
    arrival(0, "a", 0, "late"),
  ]);
  expect(seen).toEqual(["1 c x", "2 a x", "2 b first", "2 b second", "2 b estimate", "|", "0 a late"]);
});

it("gives the same for every way in which keys and inputs may interleave", () => {
  const lanes = [0, 1].flatMap((input) =>
    ["a", "b", "c"].map((key) => [3, 1, 1].map((time, i) => arrival(input, key, time, String(i)))),
  );
  const expected = through(lanes.flat());
  fc.assert(
    fc.property(
      fc.shuffledSubarray(
        lanes.flatMap((lane, i) => lane.map(() => i)),
        { minLength: 18, maxLength: 18 },
      ),
      (turns) => {
        const left = lanes.map((lane) => [...lane]);
        expect(through(turns.map((turn) => left[turn]!.shift()!))).toEqual(expected);
      },
    ),
  );
});
