import { describe, expect, it } from "@jest/globals";
import { Random } from "./random.js";

const draw = (random: Random, count: number, of: (random: Random) => number) =>
  Array.from({ length: count }, () => of(random));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("Random", () => {
  it("gives the same numbers for the same seeds", () => {
    const numbers = (random: Random) => draw(random, 100, (r) => r.uniform());
    expect(numbers(new Random(1, 2, 3))).toEqual(numbers(new Random(1, 2, 3)));
  });

  it.each([
    ["run", new Random(2, 1, 1)],
    ["printer", new Random(1, 2, 1)],
    ["purpose", new Random(1, 1, 2)],
  ])("gives unrelated numbers for a neighbouring %s", (_, other) => {
    const one = draw(new Random(1, 1, 1), 20_000, (r) => r.uniform() - 0.5);
    const two = draw(other, 20_000, (r) => r.uniform() - 0.5);
    const correlation = mean(one.map((value, i) => value * two[i]!)) * 12;
    expect(Math.abs(correlation)).toBeLessThan(0.03);
  });

  it("is flat from 0 to below 1", () => {
    const values = draw(new Random(0, 0, 0), 100_000, (r) => r.uniform());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = values.filter((value) => Math.floor(value * 10) === tenth).length;
      expect(inside / values.length).toBeCloseTo(0.1, 2);
    }
  });

  it("draws gaussians of mean 0 and deviation 1, and tails of the right weight", () => {
    const values = draw(new Random(7, 1, 1), 100_000, (r) => r.gaussian());
    expect(Math.abs(mean(values))).toBeLessThan(0.02);
    expect(Math.sqrt(mean(values.map((value) => value * value)))).toBeCloseTo(1, 1);
    expect(values.filter((value) => Math.abs(value) > 2).length / values.length).toBeCloseTo(0.0455, 2);
  });

  it("draws waiting times of the given mean", () => {
    expect(mean(draw(new Random(7, 1, 1), 100_000, (r) => r.exponential(90)))).toBeCloseTo(90, -1);
  });

  it("draws whole numbers with both ends", () => {
    expect(new Set(draw(new Random(7, 1, 1), 1000, (r) => r.whole(3, 5)))).toEqual(new Set([3, 4, 5]));
  });
});
