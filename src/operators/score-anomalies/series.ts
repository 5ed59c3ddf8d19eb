import { Column, HASTY, MEASURES } from "./column.js";
import { Memory } from "./memory.js";
import { Relation, RELATION_MEASURES } from "./relation.js";
import { type Calibrate, type Calibration, RARE_WEIGHT as UNDERSTATED, tailOf } from "./tail.js";

export interface SeriesOptions {
  /** So many first rows are known to be normal. */
  readonly trainRows: number;
  /** About how many rows back "usual" reaches. */
  readonly horizon: number;
  /** The share of normal rows that may be flagged. */
  readonly falseAlarms: number;
  /** More columns than this are left aside. */
  readonly columns: number;
  /** Measures that are not heeded, and parts that are left out: to find out what each is worth. */
  readonly without?: ReadonlySet<string>;
  readonly relations?: boolean;
  readonly calibrate?: Calibrate;
}

export interface Score {
  /** 0..1; 0.5 is where an alarm begins. */
  readonly score: number;
  readonly anomaly: 0 | 1;
}

/** Evidence -ln p up to this (p = 0.1) is what every tenth row has, and is not added up. */
const ORDINARY = 2.3;
/** Rows in doubt teach so little that a fault does not become usual while it lasts. */
const DOUBT = 0.02;
/** An alarm goes on while there is this part of the surprise that it began with. */
const HOLD = 0.6;
/** What is quick to say that something is odd has said nothing for so many rows: then it is over. */
const CALM = 12;
const UNSETTLED = 64;
/** A series is known after so many rows. */
const FAMILIAR = 150;
const [ROWS, ALARM, QUIET, KNOWN] = [0, 1, 2, 3] as const;

/** Scores the rows of one series. What it says of a row comes from that row and those before it. */
export class Series {
  readonly #options: SeriesOptions;
  readonly #names: string[] = [];
  readonly #memories: Memory[] = [];
  readonly #columns: Column[] = [];
  #relation: Relation | undefined;
  #relationMemory: Memory | undefined;
  readonly #ownMemory: Memory;
  readonly #own: Float64Array;
  readonly #tail: Calibration;
  readonly #evidence = new Float64Array(MEASURES.length);
  #jointEvidence = new Float64Array(0);
  readonly #present: Column[] = [];
  #hasty = 0;

  constructor(options: SeriesOptions, saved?: SavedSeries) {
    this.#options = options;
    this.#ownMemory = new Memory(saved?.own);
    this.#own = this.#ownMemory.take(4);
    this.#tail = (options.calibrate ?? tailOf)(this.#ownMemory, options.horizon, 4);
    saved?.columns.forEach(([name, text]) => this.#column(name, new Memory(text)));
    if (saved?.relation !== undefined) this.#relate(new Memory(saved.relation));
  }

  /** Scores a row: its numbers by the names of their columns, in any order; a column without a number is missing. */
  score(names: readonly string[], values: ArrayLike<number>, count: number): Score {
    const own = this.#own;
    const rows = (own[ROWS] = own[ROWS]! + 1);
    const known = (own[KNOWN] = own[KNOWN]! + 1);
    const evidence = this.#look(names, values, count);
    const training = rows <= this.#options.trainRows;
    const limit = -Math.log(this.#options.falseAlarms * UNDERSTATED);
    // Of a series that is hardly known little can be said.
    const surprise = this.#tail.evidence(evidence) * Math.min(1, known / FAMILIAR);
    this.#judge(training ? 0 : surprise, limit);
    const alarm = own[ALARM]! > 0;
    if (own[ALARM]! > this.#patience) this.#begin();
    else {
      const weight = alarm && known > FAMILIAR ? DOUBT : 1;
      // Of the first rows every measure says much, for want of a past.
      if (known > UNSETTLED) this.#tail.learn(evidence, weight);
      for (const column of this.#present) column.learn(weight);
      this.#relation?.learn(weight);
    }
    return training ? { score: 0, anomaly: 0 } : { score: surprise / (surprise + limit), anomaly: alarm ? 1 : 0 };
  }

  /** Begins an alarm, holds it while there is half as much surprise, and ends it. */
  #judge(surprise: number, limit: number): void {
    const own = this.#own;
    const [alarm, quiet] = [own[ALARM]!, own[QUIET]!];
    if (alarm === 0 ? surprise < limit : surprise < HOLD * limit) own[ALARM] = 0;
    else own[ALARM] = alarm + 1;
    own[QUIET] = own[ALARM] > 0 && this.#hasty < ORDINARY ? quiet + 1 : 0;
    if (own[ALARM] === 0 || own[QUIET] < Math.min(CALM, own[ALARM] / 2)) return;
    for (const column of this.#present) column.settle();
    own[ALARM] = 0;
    own[QUIET] = 0;
  }

  /** An alarm has lasted so long that what is must be usual now: all that was known of the series starts over. */
  #begin(): void {
    const names = this.#names.splice(0);
    this.#columns.length = this.#memories.length = 0;
    for (const name of names) this.#column(name, new Memory());
    this.#relation = this.#relationMemory = undefined;
    this.#tail.forget();
    this.#own[ALARM] = this.#own[QUIET] = this.#own[KNOWN] = 0;
  }

  get #patience(): number {
    return Math.max(300, this.#options.trainRows);
  }

  save(): SavedSeries {
    return {
      own: this.#ownMemory.text(),
      columns: this.#names.map((name, i) => [name, this.#memories[i]!.text()] as const),
      ...(this.#relationMemory && { relation: this.#relationMemory.text() }),
    };
  }

  #look(names: readonly string[], values: ArrayLike<number>, count: number): number {
    this.#present.length = 0;
    let total = 0;
    this.#hasty = 0;
    for (let i = 0; i < count; i++) {
      const column = this.#find(names[i]!);
      if (!column) continue;
      column.look(values[i]!, this.#evidence);
      this.#present.push(column);
      total += excess(this.#evidence);
      for (const i of HASTY) this.#hasty += Math.max(0, this.#evidence[i]! - ORDINARY);
    }
    if (this.#columns.length > 1 && this.#options.relations !== false) {
      this.#relate();
      this.#relation!.look(
        this.#columns.map(({ scaled }) => scaled),
        this.#jointEvidence,
      );
      const joint = excess(this.#jointEvidence);
      this.#hasty += joint;
      total += joint;
    }
    return total;
  }

  #find(name: string): Column | undefined {
    const index = this.#names.indexOf(name);
    if (index >= 0) return this.#columns[index];
    return this.#columns.length < this.#options.columns ? this.#column(name, new Memory()) : undefined;
  }

  #column(name: string, memory: Memory): Column {
    const column = new Column(memory, this.#options);
    this.#names.push(name);
    this.#memories.push(memory);
    this.#columns.push(column);
    return column;
  }

  /** A column more, and what is known of how they hang together starts over. */
  #relate(saved?: Memory): void {
    const { length } = this.#columns;
    if (this.#relation?.columns === length) return;
    this.#relationMemory = saved ?? new Memory();
    this.#relation = new Relation(this.#relationMemory, length, this.#options);
    this.#jointEvidence = new Float64Array(length * RELATION_MEASURES);
  }
}

/** What a checkpoint keeps of a series. */
export type SavedSeries = {
  readonly own: string;
  readonly columns: readonly (readonly [name: string, memory: string])[];
  readonly relation?: string;
};

function excess(evidence: Float64Array): number {
  let sum = 0;
  for (const each of evidence) if (each > ORDINARY) sum += each - ORDINARY;
  return sum;
}
