import { expect, it } from "@jest/globals";
import { RecordMaker } from "../contract/records.js";
import { ReplayClock } from "./replay-clock.js";

const at = (seconds: number) => [new RecordMaker().at("p", seconds, {})];

it("is as late as the newest record and never goes back", () => {
  const clock = new ReplayClock();
  clock.observe(at(20));
  clock.observe(at(10));
  expect(clock.now()).toBe(20_000);
});

it("lets timers go off when the records have come that far", () => {
  const clock = new ReplayClock();
  const rung: number[] = [];
  clock.observe(at(100));
  clock.after(5_000, () => rung.push(clock.now()));
  clock.observe(at(104));
  expect(rung).toEqual([]);
  clock.observe(at(110));
  expect(rung).toEqual([105_000]);
  expect(clock.now()).toBe(110_000);
});
