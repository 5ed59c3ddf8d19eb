import { evenly } from "./random.js";

/** Readings a second of one printer, unless told otherwise. */
const HERTZ = 10;
/** Nothing is rough in the first seconds, which are sent all at once so that windows are full when the trouble begins. s */
export const QUIET = 30;
/** Limits of quality.yaml. */
const ROUGH = { calm: 35, rough: 90, noise: 8 };
/** m/s². With so much the model's estimate is above the threshold. */
const VIBRATION = { calm: 1.5, worn: 3.6, noise: 0.15 };

/** How a printer misbehaves: `every` so many seconds, for so many. */
interface Habit {
  readonly every: number;
  readonly lasts: number;
}

/** Never more often than cooldown and limit of quality.yaml allow. */
const USUAL: Habit = { every: 51, lasts: 6 };
/** More often than the cooldown allows: half of its adjustments are withheld. */
const NERVOUS: Habit = { every: 7, lasts: 2 };
/** Longer than the pause between reminders. */
const LONG: Habit = { every: 100, lasts: 45 };
/** Measures no roughness; long enough for a window of half a minute to see little else. */
const WORN: Habit = { every: 80, lasts: 40 };

export interface FarmOptions {
  /** Readings a second of all printers. */
  readonly rate: number;
  readonly seed: number;
  /** Event time of the first reading, ms since the epoch. */
  readonly start: number;
  /** Readings a second of one printer: more of them are fewer printers, and fewer predictions. */
  readonly hertz?: number;
  /** How far the clock of a printer is ahead so many s after the start, ms. */
  readonly wrong?: (printer: number, second: number) => number;
}

/** What the printers of a farm say, each reading at its time on a grid: the same for the same seed and start. */
export class Farm {
  readonly printers: number;
  /** Readings a second of all of them. */
  readonly rate: number;
  /** Event time of the first reading, ms since the epoch. */
  readonly start: number;
  readonly #seed: number;
  readonly #hertz: number;
  readonly #wrong: NonNullable<FarmOptions["wrong"]>;

  constructor({ rate, seed, start, hertz = HERTZ, wrong = () => 0 }: FarmOptions) {
    this.rate = rate;
    this.start = start;
    this.#seed = seed;
    this.#hertz = hertz;
    this.#wrong = wrong;
    this.printers = Math.max(10, Math.round(rate / hertz));
  }

  name(printer: number): string {
    return `printer_${printer + 1}`;
  }

  /** Event time of the i-th reading, ms since the epoch: all printers measure at the same time. */
  time(i: number): number {
    const turn = this.#turn(i);
    return this.start + turn * (1000 / this.#hertz) + this.#wrong(i % this.printers, turn / this.#hertz);
  }

  /** When the i-th reading is to be sent, ms after the start. */
  due(i: number): number {
    return (i / this.printers) * (1000 / this.#hertz);
  }

  topic(i: number): string {
    return `printing/${this.name(i % this.printers)}/sensor`;
  }

  /** The i-th reading as a printer publishes it. */
  payload(i: number): string {
    const [printer, turn] = [i % this.printers, this.#turn(i)];
    const noise = (kind: number) => evenly(this.#seed, printer, turn, kind) - 0.5;
    const bad = this.#misbehaves(printer, turn);
    const roughness = (bad ? ROUGH.rough : ROUGH.calm) + ROUGH.noise * noise(0);
    const vibration = (bad && this.#unmeasured(printer) ? VIBRATION.worn : VIBRATION.calm) + VIBRATION.noise * noise(1);
    return (
      `{"printer_id":"${this.name(printer)}","timestamp":"${new Date(this.time(i)).toISOString()}","state":"printing",` +
      `"layer_height":0.2,"nozzle_temp":${(215 + noise(2)).toFixed(2)},"nozzle_target":215,` +
      `"bed_temp":${(60 + noise(3) / 4).toFixed(2)},"bed_target":60,"nozzle_power":${(0.5 + noise(4) / 5).toFixed(3)},` +
      `"bed_power":${(0.32 + noise(5) / 9).toFixed(3)},"feedrate":${(60 + 3 * noise(6)).toFixed(2)},` +
      `"vibration":${vibration.toFixed(3)},` +
      (this.#unmeasured(printer) ? "" : `"roughness":${roughness.toFixed(2)},`) +
      `"anomaly":${bad ? '"worn"' : "null"}}`
    );
  }

  /** Event times at which measured roughness goes over the threshold within the first `count` readings, by printer. */
  episodes(count: number): ReadonlyMap<string, readonly number[]> {
    const found = new Map<string, number[]>();
    for (let printer = 0; printer < this.printers; printer++) {
      if (this.#unmeasured(printer)) continue;
      const times: number[] = [];
      for (let i = printer, before = false; i < count; i += this.printers) {
        const now = this.#misbehaves(printer, this.#turn(i));
        if (now && !before) times.push(this.time(i));
        before = now;
      }
      found.set(this.name(printer), times);
    }
    return found;
  }

  /** Whether an episode begins with the i-th reading that nothing keeps from being answered. */
  isAnswered(i: number): boolean {
    const [printer, turn] = [i % this.printers, this.#turn(i)];
    if (this.#unmeasured(printer) || this.#habit(printer) === NERVOUS) return false;
    return this.#misbehaves(printer, turn) && !this.#misbehaves(printer, turn - 1);
  }

  #turn(i: number): number {
    return Math.floor(i / this.printers);
  }

  #unmeasured(printer: number): boolean {
    return printer % 5 === 4;
  }

  #misbehaves(printer: number, turn: number): boolean {
    const second = turn / this.#hertz - QUIET;
    if (second < 0) return false;
    const { every, lasts } = this.#habit(printer);
    // Each at its own time, so that some episode is at its beginning or end whenever trouble comes.
    return (second + evenly(this.#seed, printer) * every) % every < lasts;
  }

  #habit(printer: number): Habit {
    if (this.#unmeasured(printer)) return WORN;
    return printer % 10 === 3 ? NERVOUS : printer % 10 === 6 ? LONG : USUAL;
  }
}
