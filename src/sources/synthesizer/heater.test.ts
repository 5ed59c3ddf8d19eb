import { describe, expect, it } from "@jest/globals";
import { BED, CONTROL_PERIOD, Heater, NOZZLE } from "./heater.js";
import { MATERIALS } from "./material.js";
import { Random } from "./random.js";

const SOUND = { power: 1, mistuned: 0, stuck: false };
/** 60 mm/s of a 0.45 × 0.2 mm line. */
const PLA_DRAW = MATERIALS.PLA.heat * 2.5;

/** Runs a heater for so many seconds and gives back what it measured and its duty, one of each a control period. */
function run(heater: Heater, seconds: number, { fan = 0, draw = 0, fault = SOUND, random = new Random(1, 1, 1) } = {}) {
  const temperatures: number[] = [];
  const duties: number[] = [];
  for (let time = 0; time < seconds; time += CONTROL_PERIOD) {
    heater.step(fan, draw, random.gaussian(), fault);
    temperatures.push(heater.sensor);
    duties.push(heater.duty);
  }
  return { temperatures, duties };
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a V6 nozzle with Klipper's median gains", () => {
  const heated = () => {
    const heater = new Heater(NOZZLE, 20);
    heater.target = 205;
    return { heater, ...run(heater, 300) };
  };

  it("reaches 205 °C from 20 °C in 100 to 107 s", () => {
    const { temperatures } = heated();
    const seconds = temperatures.findIndex((t) => t >= 205) * CONTROL_PERIOD;
    expect(seconds).toBeGreaterThan(100);
    expect(seconds).toBeLessThan(107);
  });

  it("goes 2 to 3 °C above its target, and rests at it", () => {
    const { temperatures } = heated();
    expect(Math.max(...temperatures)).toBeGreaterThan(207);
    expect(Math.max(...temperatures)).toBeLessThan(208);
    for (const t of temperatures.slice(-100)) expect(Math.abs(t - 205)).toBeLessThan(0.5);
  });

  it("holds 205 °C with a duty of 0.31 at rest and 0.51 while it prints", () => {
    const { heater, duties } = heated();
    expect(mean(duties.slice(-300))).toBeCloseTo(0.31, 1);
    const printing = run(heater, 400, { fan: 1, draw: PLA_DRAW });
    expect(mean(printing.duties.slice(-300))).toBeCloseTo(0.51, 2);
  });

  it("dips by 1 to 3 °C when fan and filament start together", () => {
    const { heater } = heated();
    const { temperatures } = run(heater, 60, { fan: 1, draw: PLA_DRAW });
    const dip = 205 - Math.min(...temperatures);
    expect(dip).toBeGreaterThan(1);
    expect(dip).toBeLessThan(3);
  });

  it("starts settled where it would have come by itself", () => {
    const heater = new Heater(NOZZLE, 20);
    heater.settle(205, 1, PLA_DRAW);
    const { temperatures, duties } = run(heater, 120, { fan: 1, draw: PLA_DRAW });
    for (const t of temperatures) expect(Math.abs(t - 205)).toBeLessThan(0.6);
    expect(mean(duties)).toBeCloseTo(0.51, 1);
  });

  it("cools to the room when it is switched off", () => {
    const { heater } = heated();
    heater.target = 0;
    const { temperatures, duties } = run(heater, 1800);
    expect(temperatures.at(-1)).toBeCloseTo(20, 0);
    expect(Math.max(...duties)).toBe(0);
  });

  it("does not wind up while its power is too small", () => {
    const { heater } = heated();
    run(heater, 120, { fan: 1, draw: PLA_DRAW, fault: { ...SOUND, power: 0.3 } });
    expect(heater.sensor).toBeLessThan(180);
    expect(heater.duty).toBe(1);
    const { temperatures } = run(heater, 200, { fan: 1, draw: PLA_DRAW });
    expect(Math.max(...temperatures)).toBeLessThan(210);
  });

  it("swings by 2 to 8 °C with a period of 10 to 40 s when its gains are off", () => {
    const { heater } = heated();
    const { temperatures, duties } = run(heater, 400, { fan: 1, draw: PLA_DRAW, fault: { ...SOUND, mistuned: 24 } });
    const settled = temperatures.slice(-600);
    const swing = (Math.max(...settled) - Math.min(...settled)) / 2;
    expect(swing).toBeGreaterThan(2);
    expect(swing).toBeLessThan(8);
    const rises = settled.filter((t, i) => i > 0 && t >= 205 && settled[i - 1]! < 205).length;
    const period = (settled.length * CONTROL_PERIOD) / rises;
    expect(period).toBeGreaterThan(10);
    expect(period).toBeLessThan(40);
    expect([Math.min(...duties), Math.max(...duties)]).toEqual([0, 1]);
  });
});

describe("a bed", () => {
  it("reaches 60 °C in 155 to 190 s and holds it with a duty of 0.29", () => {
    const bed = new Heater(BED, 25);
    bed.target = 60;
    const { temperatures, duties } = run(bed, 1500);
    const seconds = temperatures.findIndex((t) => t >= 59) * CONTROL_PERIOD;
    expect(seconds).toBeGreaterThan(155);
    expect(seconds).toBeLessThan(190);
    expect(mean(duties.slice(-600))).toBeCloseTo(0.29, 1);
  });
});
