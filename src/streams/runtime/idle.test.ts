import { expect, it } from "@jest/globals";
import { map } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { RecordMaker } from "../contract/records.js";
import { Positions } from "../record/partition.js";
import { isMark } from "../record/record.js";
import { clockOf } from "../time/clock.js";
import { IdleWatch, markIdle } from "./idle.js";

const records = new RecordMaker();
const a = [records.at("a", 7, {})];
const b = [records.at("b", 9, {})];
const gone = [records.mark("a", 8, "gone")];

function picture(input: string, expected: string): void {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
  scheduler.run(({ hot, expectObservable }) => {
    const shown = hot(input, { a: { main: a }, b: { main: b }, g: { main: gone } }).pipe(
      markIdle(new IdleWatch(400, clockOf(scheduler), new Positions("test", 4)), clockOf(scheduler)),
      map(({ main }) =>
        main
          .map((element) => (isMark(element) ? `${element.key} ${element.cause} ${element.eventTime}` : element.key))
          .join(),
      ),
    );
    const values = { a: "a", b: "b", g: "a gone 8000", x: "a idle 7000", y: "b idle 9000" };
    expectObservable(shown).toBe(expected, values);
  });
}

it("marks a key that was silent for the idle time, once", () => {
  picture("a 999ms |", "a 399ms x 599ms |");
});

it("marks each key for itself", () => {
  //                 b keeps talking, a does not
  picture("a 199ms b 249ms b 299ms |", "a 199ms b 199ms x 49ms b 299ms |");
});

it("marks nothing for a key that said itself that it is gone", () => {
  picture("a 9ms g 800ms |", "a 9ms g 800ms |");
});

it("marks nothing on an empty stream and passes an error on", () => {
  picture("600ms |", "600ms |");
  picture("a 9ms #", "a 9ms #");
});
