import { describe, expect, it } from "@jest/globals";
import { FaultPlan } from "./fault-plan.js";
import type { Fault } from "./faults.js";
import { Printer } from "./printer.js";
import { Random } from "./random.js";
import type { State } from "./reading.js";

function printer({ warm = true, faults = [] as Fault[] } = {}): Printer {
  const plan = new FaultPlan(faults, undefined, new Random(1, 1, 0));
  return new Printer({ seed: 1, number: 1, layerHeight: 0.2, materials: ["PLA"], warm }, plan);
}

/** Mean of a numeric field over half a minute from now. */
function observe(subject: Printer, field: string): number {
  const from = subject.time;
  let sum = 0;
  for (let i = 1; i <= 100; i++) {
    subject.advance(from + i * 0.3);
    sum += subject.read(0)[field] as number;
  }
  return sum / 100;
}

function advanceTo(subject: Printer, state: State): void {
  while (subject.state !== state) subject.advance(subject.time + 1);
}

describe("a healthy printer", () => {
  it("starts warm in the middle of a job", () => {
    const reading = printer().read(Date.UTC(2023, 5, 15, 14, 32, 10, 50));
    expect(reading).toMatchObject({
      printer_id: "printer_1",
      timestamp: "2023-06-15T14:32:10.050Z",
      state: "printing",
      anomaly: null,
      nozzle_target: 215,
      bed_target: 60,
      fan: 100,
      speed_factor: 100,
      flow_factor: 100,
      filament_present: true,
      material: "PLA",
      job_id: "printer_1-job-1",
    });
    expect(Math.abs(reading.nozzle_temp - 215)).toBeLessThan(1);
    expect(reading.roughness).toBeGreaterThan(15);
    expect(reading.roughness).toBeLessThan(55);
  });

  it("starts cold when told to, heats, and prints once it is hot", () => {
    const subject = printer({ warm: false });
    expect(subject.read(0)).toMatchObject({ state: "heating", roughness: null, feedrate: 0, layer: 0 });
    subject.advance(60);
    expect(subject.read(0)).toMatchObject({ state: "heating", nozzle_power: 1 });
    subject.advance(300);
    expect(subject.state).toBe("printing");
  });

  it("goes through whole jobs, one after the other", () => {
    const subject = printer();
    const states = new Set<string>();
    const jobs = new Set<unknown>();
    for (let minute = 0; minute < 360; minute += 0.25) {
      subject.advance(minute * 60);
      states.add(subject.state);
      jobs.add(subject.read(0).job_id);
    }
    expect(states).toEqual(new Set(["printing", "finished", "idle", "heating"]));
    expect(jobs.size).toBeGreaterThan(3);
  });

  it("holds all its numbers finite and its duties within 0 and 1 through the jobs of a day", () => {
    const subject = printer({ warm: false });
    for (let time = 0; time < 86_400; time += 60) {
      subject.advance(time);
      const reading = subject.read(0);
      for (const value of Object.values(reading))
        if (typeof value === "number") expect(value).toBeGreaterThanOrEqual(0);
      expect(reading.nozzle_power).toBeLessThanOrEqual(1);
      expect(reading.bed_power).toBeLessThanOrEqual(1);
    }
  });
});

describe("a command", () => {
  it("of a lower speed shows at once in the movement, and within a minute in the surface", () => {
    const subject = printer();
    const before = { feedrate: observe(subject, "feedrate"), roughness: observe(subject, "roughness") };
    subject.obey({ speed: 50 });
    expect(subject.read(0).speed_factor).toBe(50);
    expect(observe(subject, "feedrate") / before.feedrate).toBeCloseTo(0.5, 1);
    subject.advance(subject.time + 60);
    expect(observe(subject, "roughness")).toBeLessThan(before.roughness - 1);
  });

  it("makes the layers come at that speed", () => {
    const layers = (speed: number) => {
      const subject = printer();
      subject.obey({ speed });
      const first = subject.read(0).layer;
      subject.advance(600);
      return subject.read(0).layer - first;
    };
    expect(layers(50) / layers(100)).toBeCloseTo(0.5, 1);
  });

  it("sets targets, fan and flow", () => {
    const subject = printer();
    subject.obey({ nozzle_temp: 205, bed_temp: 55, fan: 40, flow: 110 });
    expect(subject.read(0)).toMatchObject({ nozzle_target: 205, bed_target: 55, fan: 40, flow_factor: 110 });
    subject.advance(120);
    expect(Math.abs(subject.nozzle.sensor - 205)).toBeLessThan(1);
  });

  it("is held within what a printer can do", () => {
    const subject = printer();
    subject.obey({ speed: 0, nozzle_temp: 9000, bed_temp: 9000, fan: 900, flow: 0 });
    expect(subject.read(0)).toMatchObject({
      speed_factor: 10,
      nozzle_target: 290,
      bed_target: 130,
      fan: 100,
      flow_factor: 75,
    });
  });

  it("pauses and goes on", () => {
    const subject = printer();
    subject.obey({ pause: true });
    subject.advance(10);
    expect(subject.read(0)).toMatchObject({ state: "paused", roughness: null, feedrate: 0 });
    const { layer } = subject.read(0);
    subject.advance(100);
    expect(subject.read(0).layer).toBe(layer);
    subject.obey({ pause: false });
    subject.advance(101);
    expect(subject.state).toBe("printing");
  });

  it("does not start a printer that has run out of filament", () => {
    const subject = printer({ faults: [{ kind: "runout", at: 1, grow: 5, last: 60, severity: 1 }] });
    subject.advance(20);
    expect(subject.state).toBe("paused");
    subject.obey({ pause: false });
    subject.advance(30);
    expect(subject.state).toBe("paused");
    subject.advance(62);
    expect(subject.state).toBe("printing");
  });

  it("of too cold a nozzle starves the line", () => {
    const subject = printer();
    subject.obey({ nozzle_temp: 190 });
    subject.advance(180);
    expect(observe(subject, "roughness")).toBeGreaterThan(75);
  });

  it("ends with the job: the next one begins at 100 %, and a printer without a job takes none", () => {
    const subject = printer();
    subject.obey({ speed: 200 });
    advanceTo(subject, "finished");
    subject.obey({ speed: 50, nozzle_temp: 200 });
    expect(subject.read(0)).toMatchObject({ speed_factor: 200, nozzle_target: 0, bed_target: 0, fan: 0 });
    advanceTo(subject, "heating");
    expect(subject.read(0)).toMatchObject({ speed_factor: 100, nozzle_target: 215 });
  });
});

it("takes the part's fault away with the part", () => {
  const subject = printer({ faults: [{ kind: "layer-shift", at: 1, grow: 0, last: 1e6, severity: 1 }] });
  subject.obey({ speed: 200 });
  subject.advance(2);
  expect(subject.read(0).anomaly).toBe("layer-shift");
  advanceTo(subject, "finished");
  expect(subject.read(0).anomaly).toBeNull();
});
