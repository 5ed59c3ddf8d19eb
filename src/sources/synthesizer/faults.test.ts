import { beforeAll, describe, expect, it } from "@jest/globals";
import { FAULT_KINDS, type FaultKind } from "./faults.js";
import type { PrinterReading } from "./reading.js";
import { simulate } from "./simulate.js";

const RATE = 10;
const ONSET = 60;

/** One printer with PLA at 10 Hz, six minutes, a fault of the usual course after one minute. */
function withFault(kind: FaultKind): PrinterReading[] {
  const inject = [{ printer: "printer_1", fault: kind, at: `${ONSET}s` }];
  return [...simulate({ printers: 1, rate: RATE, duration: "6m", materials: ["PLA"], seed: 5, inject })];
}

const span = (readings: PrinterReading[], from: number, to: number) => readings.slice(from * RATE, to * RATE);
const values = (readings: PrinterReading[], field: string) =>
  readings.map((reading) => reading[field]).filter((value) => typeof value === "number");
const mean = (readings: PrinterReading[], field: string) => {
  const numbers = values(readings, field);
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
};
/** Seconds from the onset until the roughness is above 75 for the first time. */
const timeToRough = (readings: PrinterReading[]) => readings.findIndex((r) => (r.roughness ?? 0) > 75) / RATE - ONSET;

const recordings = new Map<FaultKind, PrinterReading[]>();
beforeAll(() => {
  for (const kind of FAULT_KINDS) recordings.set(kind, withFault(kind));
});
const of = (kind: FaultKind) => recordings.get(kind)!;

describe("every fault", () => {
  it.each(FAULT_KINDS)("%s is labelled from its first moment to its last, and leaves a healthy printer", (kind) => {
    const readings = of(kind);
    const labels = readings.map(({ anomaly }) => anomaly);
    const first = labels.indexOf(kind);
    const last = labels.lastIndexOf(kind);
    expect(first / RATE).toBeCloseTo(ONSET, 0);
    expect(new Set(labels.slice(first, last + 1))).toEqual(new Set([kind]));
    expect(new Set([...labels.slice(0, first), ...labels.slice(last + 1)])).toEqual(new Set([null]));
    const before = mean(span(readings, 0, ONSET), "roughness");
    const after = mean(readings.slice(last + 60 * RATE), "roughness");
    expect(Math.abs(after - before)).toBeLessThan(4);
  });

  it.each(["clog", "worn-bearing", "adhesion-loss", "pid-oscillation", "heater-failure"] as const)(
    "%s makes the surface rough only after half a minute, time enough to foresee it",
    (kind) => {
      expect(timeToRough(of(kind))).toBeGreaterThan(30);
      expect(timeToRough(of(kind))).toBeLessThan(90);
      expect(Math.max(...values(of(kind), "roughness"))).toBeGreaterThan(85);
    },
  );
});

describe("a clog", () => {
  it("shows in duty and vibration within 20 s, and hardly in temperature", () => {
    const readings = of("clog");
    const [before, early] = [span(readings, 0, 60), span(readings, 78, 90)];
    expect(mean(before, "nozzle_power") - mean(early, "nozzle_power")).toBeGreaterThan(0.03);
    expect(mean(early, "vibration") / mean(before, "vibration")).toBeGreaterThan(1.3);
    expect(Math.abs(mean(early, "nozzle_temp") - 215)).toBeLessThan(1);
    expect(mean(early, "roughness")).toBeLessThan(50);
  });
});

describe("a worn bearing", () => {
  it("more than doubles the vibration before the surface shows it", () => {
    const readings = of("worn-bearing");
    expect(mean(span(readings, 85, 90), "vibration") / mean(span(readings, 0, 60), "vibration")).toBeGreaterThan(1.9);
    expect(mean(span(readings, 80, 85), "roughness")).toBeLessThan(40);
  });
});

describe("a lost adhesion", () => {
  it("knocks against the nozzle, below the peak of a layer shift", () => {
    const readings = of("adhesion-loss");
    expect(values(span(readings, 0, 60), "vibration").every((value) => value < 2)).toBe(true);
    const knocks = values(span(readings, 80, 230), "vibration").filter((value) => value > 2.5);
    expect(knocks.length).toBeGreaterThan(20);
    expect(Math.max(...knocks)).toBeLessThan(5);
    expect(mean(span(readings, 80, 230), "bed_power")).toBeGreaterThan(mean(span(readings, 0, 60), "bed_power"));
  });
});

describe("an oscillating nozzle", () => {
  it("swings before the surface shows it, at full swing of the heater", () => {
    const readings = of("pid-oscillation");
    const swing = (from: number, to: number) => {
      const temperatures = values(span(readings, from, to), "nozzle_temp");
      return Math.max(...temperatures) - Math.min(...temperatures);
    };
    expect(swing(0, 60)).toBeLessThan(1.2);
    expect(swing(85, 105)).toBeGreaterThan(1.5);
    expect(swing(150, 250)).toBeGreaterThan(4);
    expect(Math.min(...values(span(readings, 150, 250), "nozzle_power"))).toBe(0);
    expect(Math.max(...values(span(readings, 150, 250), "nozzle_power"))).toBe(1);
  });
});

describe("a failing heater", () => {
  it("runs at full duty while the temperature sinks, some 13 °C in half a minute", () => {
    const readings = of("heater-failure");
    expect(mean(span(readings, 80, 170), "nozzle_power")).toBeGreaterThan(0.99);
    const sunk = 215 - mean(span(readings, 89, 91), "nozzle_temp");
    expect(sunk).toBeGreaterThan(8);
    expect(sunk).toBeLessThan(18);
  });
});

describe("a layer shift", () => {
  it("is one blow above 5 m/s², then quiet, then a rough surface at once", () => {
    const readings = of("layer-shift");
    expect(Math.max(...values(span(readings, 59, 62), "vibration"))).toBeGreaterThan(5);
    expect(Math.max(...values(span(readings, 62, 360), "vibration"))).toBeLessThan(2);
    expect(timeToRough(readings)).toBeLessThan(25);
  });

  it("shows its blow in a reading even when readings are seconds apart", () => {
    const inject = [{ printer: "printer_1", fault: "layer-shift" as const, at: "61s" }];
    const readings = [...simulate({ printers: 1, rate: 0.1, duration: "2m", inject })];
    expect(readings.filter(({ vibration }) => vibration > 5)).toHaveLength(1);
  });
});

describe("a runout", () => {
  it("opens the switch, pauses the printer, and lets it go on with new filament", () => {
    const readings = of("runout");
    expect(readings[61 * RATE]).toMatchObject({ filament_present: false, state: "printing" });
    expect(readings[100 * RATE]).toMatchObject({
      filament_present: false,
      state: "paused",
      roughness: null,
      feedrate: 0,
    });
    expect(readings[155 * RATE]).toMatchObject({ filament_present: true, state: "printing", anomaly: null });
  });
});

describe("a stuck sensor", () => {
  it("repeats one temperature, lets the duty creep, and leaves the surface alone", () => {
    const readings = of("stuck-sensor");
    const stuck = span(readings, 61, 239);
    expect(new Set(values(stuck, "nozzle_temp")).size).toBe(1);
    expect(new Set(values(span(readings, 0, 59), "nozzle_temp")).size).toBeGreaterThan(5);
    expect(Math.max(...values(stuck, "roughness"))).toBeLessThan(60);
  });
});

describe("severity", () => {
  it("makes a fault milder or worse", () => {
    const worst = (severity: number) => {
      const inject = [{ printer: "printer_1", fault: "clog" as const, at: "1s", severity }];
      return Math.max(...values([...simulate({ printers: 1, rate: 5, duration: "3m", inject })], "roughness"));
    };
    expect(worst(0.3)).toBeLessThan(70);
    expect(worst(0.3)).toBeLessThan(worst(0.7));
    expect(worst(0.7)).toBeLessThan(worst(1.2));
  });
});
