import type { Command } from "../../streams/record/values.js";
import type { FaultPlan } from "./fault-plan.js";
import { addEffects, beginsWithBlow, clearEffects, noEffects, type Fault } from "./faults.js";
import { BED, CONTROL_PERIOD, Heater, NOZZLE } from "./heater.js";
import { drawJob } from "./job.js";
import type { MaterialName } from "./material.js";
import { measureBed, measureNozzle, measureRoughness, measureSpeed, measureVibration, rounded } from "./measure.js";
import { Part, type Conditions } from "./part.js";
import { Random } from "./random.js";
import type { PrinterReading, State } from "./reading.js";

/** What a printer is made with. */
export interface Setup {
  readonly seed: number;
  /** Counts from 1. */
  readonly number: number;
  readonly layerHeight: number;
  readonly materials: readonly MaterialName[];
  /** In the middle of a job at temperature, instead of cold. */
  readonly warm: boolean;
}

/** Width of a printed line, mm, and section of 1.75 mm filament, mm². */
const LINE_WIDTH = 0.45;
const FILAMENT_SECTION = (Math.PI * 1.75 ** 2) / 4;
/** s. Ours. */
const FINISHED_TIME = 60;
const IDLE_TIME = 30;
/** The blow of a layer shift lasts so long, s. */
const BLOW_TIME = 0.4;
/** Printing begins when nozzle and bed are within this of their targets, °C. */
const AT_TEMPERATURE = 2;

/** What a printer takes of a command at most, whatever it says: below 10 % speed the nozzle cooks what it holds. */
const BOUNDS = { speed: [10, 200], nozzle: [0, 290], bed: [0, 130], fan: [0, 100], flow: [75, 125] } as const;

const SOUND_HEATER = { power: 1, mistuned: 0, stuck: false };

/**
 * One simulated printer. It moves in steps of the firmware's control period, whatever the rate of its readings: the
 * same seed tells the same story at 0.01 Hz and at 100 Hz, and only the noise of the single readings differs.
 */
export class Printer {
  readonly id: string;
  readonly nozzle: Heater;
  readonly bed: Heater;
  state: State = "heating";
  readonly #setup: Setup;
  readonly #plan: FaultPlan;
  readonly #jobs: Random;
  readonly #process: Random;
  readonly #sensors: Random;
  /** How much rougher it prints than others, and how much more it shakes. */
  readonly #bias: number;
  readonly #looseness: number;
  readonly #effects = noEffects();
  #faults: Fault[] = [];
  #part: Part;
  #jobsSoFar = 0;
  #steps = 0;
  /** When the present state began, s. */
  #since = 0;
  #speed = 100;
  #flow = 100;
  #fan = 0;
  #pauseWanted = false;
  /** The blow or knock since the last reading, m/s². */
  #impact = 0;
  #blowUntil = -1;

  constructor(setup: Setup, plan: FaultPlan) {
    this.#setup = setup;
    this.#plan = plan;
    this.id = `printer_${setup.number}`;
    this.#jobs = new Random(setup.seed, setup.number, 1);
    this.#process = new Random(setup.seed, setup.number, 2);
    this.#sensors = new Random(setup.seed, setup.number, 3);
    const room = 22 + this.#jobs.gaussian();
    this.#bias = this.#jobs.gaussian();
    this.#looseness = this.#jobs.between(0.9, 1.1);
    this.nozzle = new Heater(NOZZLE, room);
    this.bed = new Heater(BED, room);
    this.#part = this.#nextPart();
    if (setup.warm) this.#startWarm();
  }

  /** Seconds that it has lived. */
  get time(): number {
    return this.#steps * CONTROL_PERIOD;
  }

  /** Lives on up to this time, in s from its beginning. */
  advance(to: number): void {
    // Half a billionth: 3 × 0.3 must count as 0.9 reached.
    while ((this.#steps + 1) * CONTROL_PERIOD <= to + 5e-10) this.#step();
  }

  /** Takes a command, within what it can do. A printer that has no job takes none: the next one begins with its own. */
  obey(command: Command): void {
    if (this.state === "finished" || this.state === "idle") return;
    const { speed, nozzle_temp: nozzle, bed_temp: bed, fan, flow, pause } = command;
    if (speed !== undefined) this.#speed = within(BOUNDS.speed, speed);
    if (nozzle !== undefined) this.nozzle.target = within(BOUNDS.nozzle, nozzle);
    if (bed !== undefined) this.bed.target = within(BOUNDS.bed, bed);
    if (fan !== undefined) this.#fan = within(BOUNDS.fan, fan);
    if (flow !== undefined) this.#flow = within(BOUNDS.flow, flow);
    if (pause !== undefined) this.#pauseWanted = pause;
  }

  /** Measures everything once. `timestamp` in ms since the epoch. */
  read(timestamp: number): PrinterReading {
    const sensors = this.#sensors;
    const printing = this.state === "printing";
    const { stuck, dry, vibration } = this.#effects;
    const { job, layer, surface } = this.#part;
    const speed = printing ? this.#feedrate() : 0;
    const impact = this.#impact;
    if (this.time >= this.#blowUntil) this.#impact = 0;
    return {
      printer_id: this.id,
      timestamp: new Date(timestamp).toISOString(),
      layer_height: job.layerHeight,
      nozzle_temp: stuck ? rounded(this.nozzle.measured, 20) : measureNozzle(this.nozzle.sensor, sensors),
      bed_temp: measureBed(this.bed.sensor, sensors),
      roughness: printing ? measureRoughness(surface, sensors) : null,
      anomaly: this.#faults.length > 0 ? this.#faults[0]!.kind : null,
      nozzle_target: this.nozzle.target,
      bed_target: this.bed.target,
      nozzle_power: rounded(this.nozzle.duty, 1000),
      bed_power: rounded(this.bed.duty, 1000),
      fan: this.#fan,
      speed_factor: this.#speed,
      flow_factor: this.#flow,
      feedrate: measureSpeed(speed, sensors),
      layer,
      vibration: measureVibration(speed, this.#looseness * (1 + vibration), impact, sensors),
      filament_present: !dry,
      state: this.state,
      job_id: job.id,
      material: job.materialName,
    };
  }

  #step(): void {
    this.#steps++;
    this.#suffer();
    this.#proceed();
    const printing = this.state === "printing";
    const filament = printing ? this.#pushed() * (1 - this.#effects.blocked) : 0;
    const draw = this.#part.job.material.heat * filament;
    this.nozzle.step(this.#fan / 100, draw, this.#process.gaussian(), this.#effects);
    this.bed.step(0, BED.loss * this.#effects.bedLoss, this.#process.gaussian(), SOUND_HEATER);
    if (printing) this.#print();
  }

  /** Faults begin, grow and end. */
  #suffer(): void {
    const begun = this.#plan.due(this.time, this.state === "printing");
    if (begun) {
      this.#faults.push(begun);
      if (beginsWithBlow(begun.kind)) this.#takeBlow();
    }
    if (this.#faults.length === 0) return;
    clearEffects(this.#effects);
    this.#faults = this.#faults.filter((fault) => this.time < fault.at + fault.last);
    for (const fault of this.#faults) addEffects(this.#effects, fault, this.time, this.#speed);
  }

  #takeBlow(): void {
    this.#impact = this.#process.between(5.5, 8);
    this.#blowUntil = this.time + BLOW_TIME;
  }

  /** From one state to the next. */
  #proceed(): void {
    const inState = this.time - this.#since;
    switch (this.state) {
      case "heating":
        if (!this.#isHot()) return;
        this.#part.settle(this.#conditions());
        this.#enter("printing");
        return;
      case "printing":
        if (this.#pauseWanted || this.#effects.empty) this.#enter("paused");
        return;
      case "paused":
        if (!this.#pauseWanted && !this.#effects.empty) this.#enter("printing");
        return;
      case "finished":
        if (inState >= FINISHED_TIME) this.#enter("idle");
        return;
      case "idle":
        if (inState < IDLE_TIME) return;
        this.#part = this.#nextPart();
        this.#enter("heating");
        return;
    }
  }

  /** One control period of printing. */
  #print(): void {
    const { knocks } = this.#effects;
    if (knocks > 0 && this.#process.uniform() < knocks * CONTROL_PERIOD) {
      this.#impact = Math.max(this.#impact, this.#process.between(2.5, 4.5));
    }
    this.#part.grow(this.#conditions(), this.#process);
    if (this.#part.done) this.#finish();
  }

  /** A fault of the part ends with the part. */
  #finish(): void {
    this.#faults = [];
    clearEffects(this.#effects);
    this.nozzle.target = this.bed.target = this.#fan = 0;
    this.#enter("finished");
  }

  #conditions(): Conditions {
    return { speed: this.#speed, flow: this.#flow, nozzle: this.nozzle.body, faults: this.#effects.roughness };
  }

  /** mm/s of the nozzle. */
  #feedrate(): number {
    return (this.#part.job.material.speed * this.#speed) / 100;
  }

  /** mm/s of filament that the extruder pushes. */
  #pushed(): number {
    return (this.#feedrate() * LINE_WIDTH * this.#part.job.layerHeight * (this.#flow / 100)) / FILAMENT_SECTION;
  }

  #isHot(): boolean {
    const { nozzle, bed } = this;
    return nozzle.sensor >= nozzle.target - AT_TEMPERATURE && bed.sensor >= bed.target - AT_TEMPERATURE;
  }

  #enter(state: State): void {
    this.state = state;
    this.#since = this.time;
  }

  /** Sets everything as the file of the next job does, speed and flow to 100 % too. */
  #nextPart(): Part {
    this.#jobsSoFar++;
    const { layerHeight, materials } = this.#setup;
    const job = drawJob(`${this.id}-job-${this.#jobsSoFar}`, layerHeight, materials, this.#jobs);
    this.nozzle.target = job.material.nozzle;
    this.bed.target = job.material.bed;
    this.#fan = job.material.fan;
    this.#speed = this.#flow = 100;
    this.#pauseWanted = false;
    return new Part(job, this.#bias);
  }

  #startWarm(): void {
    const { material } = this.#part.job;
    this.nozzle.settle(material.nozzle, material.fan / 100, material.heat * this.#pushed());
    this.bed.settle(material.bed, 0, 0);
    this.#part.begun(this.#jobs, this.#conditions());
    this.state = "printing";
  }
}

function within([low, high]: readonly [number, number], value: number): number {
  return Math.min(high, Math.max(low, value));
}
