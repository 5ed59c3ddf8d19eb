import { expect, it } from "@jest/globals";
import { differences } from "./differences.js";
import type { Episode, Told } from "./outcome.js";

const episode = (printer: string, start: number, end?: number, rule = "rough"): Episode => ({
  printer,
  rule,
  start,
  ...(end !== undefined && { end }),
});
const told = (printer: string, time: number, speed: number): Told => ({
  printer,
  node: "control",
  time,
  command: { speed },
});
const episodes = (a: Episode[], b: Episode[]) =>
  differences({ episodes: a, adjustments: [] }, { episodes: b, adjustments: [] });

it("finds nothing between equals", () => {
  const outcome = { episodes: [episode("p", 1, 2), episode("p", 3)], adjustments: [told("p", 1, 50)] };
  expect(differences(outcome, outcome)).toEqual({
    episodes: [],
    adjustments: [],
    same: { episodes: 2, adjustments: 1 },
  });
});

it("takes overlapping episodes of one rule and printer for one with other bounds", () => {
  const [a, b] = [episode("p", 10, 60), episode("p", 5, 70)];
  expect(episodes([a], [b]).episodes).toEqual([{ a, b }]);
});

it("keeps apart what does not overlap, or belongs to another rule or printer", () => {
  const a = episode("p", 10, 20);
  for (const b of [episode("p", 30, 40), episode("q", 10, 20), episode("p", 10, 20, "odd")])
    expect(new Set(episodes([a], [b]).episodes)).toEqual(new Set([{ a }, { b }]));
});

it("lets an open end overlap everything after it, and differ from a closed one", () => {
  const [open, closed, later] = [episode("p", 10), episode("p", 10, 20), episode("p", 30, 40)];
  expect(episodes([open], [closed, later])).toMatchObject({ episodes: [{ a: open, b: closed }, { b: later }] });
});

it("names one episode that fell apart in two, in the order of time", () => {
  const [whole, first, second] = [episode("p", 0, 100), episode("p", 0, 40), episode("p", 60, 100)];
  expect(episodes([whole], [first, second]).episodes).toEqual([{ a: whole, b: first }, { b: second }]);
  expect(episodes([first, second], [whole]).episodes).toEqual([{ a: first, b: whole }, { a: second }]);
});

it("compares adjustments by time, printer and command, each once", () => {
  const a = [told("p", 1, 50), told("p", 1, 50), told("q", 2, 50)];
  const b = [told("p", 1, 50), told("q", 2, 80)];
  const found = differences({ episodes: [], adjustments: a }, { episodes: [], adjustments: b });
  expect(found.adjustments).toEqual([{ a: a[1] }, { a: a[2] }, { b: b[1] }]);
  expect(found.same.adjustments).toBe(1);
});
