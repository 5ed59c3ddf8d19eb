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

it("takes no time for silence in which the line was silent too, and begins anew when it is mended", () => {
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(({ flush }) => {
    const clock = clockOf(scheduler);
    let asked = 0;
    const line = { heard: 0, ask: () => asked++ };
    const watch = new IdleWatch(400, clock, new Positions("test", 4), line);
    const marked: string[] = [];
    /** Looks every 100 ms; `alive` says whether the other side answers. */
    const look = (from: number, to: number, alive: boolean) => {
      for (let at = from; at < to; at += 100) {
        scheduler.schedule(() => {
          if (alive) line.heard = clock.now();
          marked.push(...watch.due().map(({ key }) => `${key} at ${clock.now()}`));
        }, at);
      }
    };
    watch.see(a);
    look(0, 300, true);
    look(300, 2_000, false);
    scheduler.schedule(() => watch.see(b), 2_050);
    look(2_100, 3_000, true);
    flush();
    // Its first sign of life is at 2100. Without the line it would have been marked at 400.
    expect(marked).toEqual(["a at 2500", "b at 2500"]);
    expect(asked).toBe(30 - 1);
  });
});

it("marks nothing on an empty stream and passes an error on", () => {
  picture("600ms |", "600ms |");
  picture("a 9ms #", "a 9ms #");
});
