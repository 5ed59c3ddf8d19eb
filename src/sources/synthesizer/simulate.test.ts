import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConfigError } from "../../streams/component/errors.js";
import type { GivenOptions } from "./options.js";
import { FAULT_KINDS } from "./faults.js";
import type { PrinterReading } from "./reading.js";
import { simulate, type Feedback } from "./simulate.js";

const all = (options: GivenOptions, feedback?: Feedback) => [...simulate(options, feedback)];
const seconds = ({ timestamp }: PrinterReading) => (Date.parse(timestamp) - Date.UTC(2026, 0, 1)) / 1000;

describe("simulate", () => {
  it("gives the same readings for the same options, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.record({
          printers: fc.integer({ min: 1, max: 20 }),
          rate: fc.double({ min: 0.1, max: 500, noNaN: true }),
          seed: fc.integer({ min: 0, max: 0xffffffff }),
          warm: fc.boolean(),
        }),
        (given) => {
          const options: GivenOptions = { ...given, duration: "3s", faults: { first: "1s", every: "1s" } };
          const readings = all(options);
          expect(all(options)).toEqual(readings);
          expect(readings.length).toBeGreaterThan(0);
          expect(readings.flatMap((reading) => Object.values(reading)).some(Number.isNaN)).toBe(false);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("gives other readings for another seed", () => {
    expect(all({ duration: "1s", seed: 1 })).not.toEqual(all({ duration: "1s", seed: 2 }));
  });

  it("reads the printers in turn, at the rate, up to the duration", () => {
    const readings = all({ printers: 3, rate: 100, duration: "1s" });
    expect(readings).toHaveLength(100);
    expect(readings.slice(0, 4).map((r) => r.printer_id)).toEqual(["printer_1", "printer_2", "printer_3", "printer_1"]);
    expect(readings.slice(0, 3).map((r) => r.timestamp)).toEqual([
      "2026-01-01T00:00:00.000Z",
      "2026-01-01T00:00:00.010Z",
      "2026-01-01T00:00:00.020Z",
    ]);
  });

  it("begins when it is told to", () => {
    expect(all({ duration: "10ms", start: "2023-06-15 14:32:10" })[0]!.timestamp).toBe("2023-06-15T14:32:10.000Z");
  });

  it("tells the same story at any rate", () => {
    const story = (rate: number) =>
      all({ printers: 1, rate, duration: "5m", faults: { first: "10s" }, seed: 4 }).filter(
        (reading) => seconds(reading) % 30 === 0,
      );
    const [slow, fast] = [story(1), story(50)];
    expect(slow).toHaveLength(10);
    slow.forEach((reading, i) => {
      const same = ["timestamp", "anomaly", "state", "layer", "nozzle_power", "bed_power"];
      for (const field of same) expect(fast[i]![field]).toBe(reading[field]);
      expect(Math.abs(fast[i]!.nozzle_temp - reading.nozzle_temp)).toBeLessThan(1);
    });
  });

  it("makes a farm worth watching within its first minute, from any seed", () => {
    for (let seed = 0; seed < 10; seed++) {
      const readings = all({ duration: "75s", rate: 40, seed });
      const rough = readings.filter(({ roughness }) => (roughness ?? 0) > 75);
      expect(rough.length).toBeGreaterThan(0);
      expect(rough.every(({ anomaly }) => anomaly !== null)).toBe(true);
      expect(readings.filter(({ anomaly }) => anomaly === null).length).toBeGreaterThan(readings.length / 2);
    }
  });

  it("brings a fault somewhere every minute or two over 8 printers", () => {
    const begun = new Set<string>();
    const before = new Map<string, string | null>();
    for (const reading of simulate({ duration: "2h", rate: 8 })) {
      const { printer_id: printer, anomaly, timestamp } = reading;
      if (anomaly !== null && (before.get(printer) ?? null) === null) begun.add(`${printer} ${timestamp}`);
      before.set(printer, anomaly);
    }
    expect(120 / begun.size).toBeGreaterThan(1);
    expect(120 / begun.size).toBeLessThan(2.5);
  });

  it("stays healthy without faults", () => {
    const readings = all({ duration: "20m", rate: 20, faults: false });
    expect(readings.every(({ anomaly }) => anomaly === null)).toBe(true);
    expect(Math.max(...readings.map(({ roughness }) => roughness ?? 0))).toBeLessThan(65);
    expect(Math.max(...readings.map(({ vibration }) => vibration))).toBeLessThan(2.2);
  });

  it("brings only the kinds that are listed", () => {
    const kinds = new Set(all({ duration: "30m", rate: 8, faults: { kinds: ["runout"] } }).map((r) => r.anomaly));
    expect(kinds).toEqual(new Set([null, "runout"]));
  });

  it("brings nothing by chance where faults are injected", () => {
    const inject = FAULT_KINDS.map((fault, i) => ({ printer: `printer_${i + 1}`, fault, at: "10s" }));
    const seen = new Set(all({ duration: "1m", rate: 8, inject }).map((r) => `${r.printer_id} ${r.anomaly}`));
    expect(seen.size).toBe(16);
  });

  it("refuses a fault for a printer that is not there", () => {
    const inject = [{ printer: "printer_9", fault: "clog" as const, at: "1s" }];
    expect(() => all({ inject, duration: "1s" })).toThrow(ConfigError);
  });
});

describe("a closed loop", () => {
  /** Slows a rough printer to 50 %, and lets it go at 100 % again once it is smooth. */
  function brake(): { feedback: Feedback; sent: { time: number; speed: number }[] } {
    const sent: { time: number; speed: number }[] = [];
    return {
      sent,
      feedback: (_, time, { roughness, speed_factor: speed }) => {
        if (roughness === null) return undefined;
        const wanted = roughness > 75 ? 50 : roughness < 30 ? 100 : speed;
        if (wanted === speed) return undefined;
        sent.push({ time: (time - Date.UTC(2026, 0, 1)) / 1000, speed: wanted });
        return { speed: wanted };
      },
    };
  }
  const farm = (fault: (typeof FAULT_KINDS)[number]): GivenOptions => ({
    printers: 1,
    rate: 10,
    duration: "6m",
    materials: ["PLA"],
    inject: [{ printer: "printer_1", fault, at: "20s", last: "3m" }],
  });

  it.each(["clog", "worn-bearing", "adhesion-loss", "pid-oscillation"] as const)(
    "%s: rough, slowed, smoother within a minute, cured, at full speed again",
    (fault) => {
      const { feedback, sent } = brake();
      const readings = all(farm(fault), feedback);
      const slowed = sent[0]!;
      expect(slowed.speed).toBe(50);
      const after = readings.filter((r) => seconds(r) > slowed.time + 60 && seconds(r) < 190);
      expect(after.length).toBeGreaterThan(100);
      expect(Math.max(...after.map(({ roughness }) => roughness ?? 0))).toBeLessThan(70);
      expect(readings.at(-1)).toMatchObject({ anomaly: null, speed_factor: 100 });
      expect(readings.at(-1)!.roughness).toBeLessThan(50);
    },
  );

  it("gets rough again when it is let go while the fault is still there", () => {
    const readings = all(farm("clog"), (_, time) => {
      const t = (time - Date.UTC(2026, 0, 1)) / 1000;
      return { speed: t >= 80 && t < 140 ? 50 : 100 };
    });
    const at = (t: number) => readings[t * 10]!.roughness!;
    expect(at(79)).toBeGreaterThan(75);
    expect(at(135)).toBeLessThan(65);
    expect(at(175)).toBeGreaterThan(75);
  });

  it("cannot be helped by speed where the layers have shifted", () => {
    const { feedback } = brake();
    const readings = all(farm("layer-shift"), feedback);
    expect(readings[150 * 10]!.roughness).toBeGreaterThan(75);
  });

  it("does not move the faults that chance brings", () => {
    const labels = (feedback?: Feedback) => {
      const options: GivenOptions = { printers: 2, rate: 2, duration: "15m", faults: { every: "2m" } };
      return all(options, feedback).map(({ anomaly }) => anomaly);
    };
    expect(labels(() => ({ speed: 60 }))).toEqual(labels());
  });
});

/** Holds the numbers of the model: whoever changes them must see it here, and make the recordings and models anew. */
it("gives the readings that it always gave", () => {
  const readings = all({ printers: 2, rate: 2, duration: "2m", seed: 1 });
  expect(readings[0]).toEqual({
    printer_id: "printer_1",
    timestamp: "2026-01-01T00:00:00.000Z",
    layer_height: 0.16,
    nozzle_temp: 250.1,
    bed_temp: 100,
    roughness: 30.3,
    anomaly: null,
    nozzle_target: 250,
    bed_target: 100,
    nozzle_power: 0.468,
    bed_power: 0.655,
    fan: 15,
    speed_factor: 100,
    flow_factor: 100,
    feedrate: 61.7,
    layer: 75,
    vibration: 1.619,
    filament_present: true,
    state: "printing",
    job_id: "printer_1-job-1",
    material: "ABS",
  });
  expect(readings[161]).toMatchObject({
    printer_id: "printer_2",
    timestamp: "2026-01-01T00:01:20.500Z",
    anomaly: "clog",
    roughness: 96.83,
    nozzle_power: 0.495,
    vibration: 1.934,
  });
});
