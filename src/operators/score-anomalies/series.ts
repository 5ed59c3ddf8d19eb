import { Column, MEASURES } from "./column.js";
import { Memory } from "./memory.js";
import { Relation, RELATION_MEASURES } from "./relation.js";
import { Tail } from "./tail.js";

export interface SeriesOptions {
  /** So many first rows are known to be normal. */
  readonly trainRows: number;
  /** About how many rows back "usual" reaches. */
  readonly horizon: number;
  /** The share of normal rows that may be flagged. */
  readonly falseAlarms: number;
  /** More columns than this are left aside. */
  readonly columns: number;
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
const [ROWS, ALARM, TOTAL] = [0, 1, 2] as const;

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
  readonly #tail: Tail;
  readonly #evidence = new Float64Array(MEASURES.length);
  #jointEvidence = new Float64Array(0);
  readonly #present: Column[] = [];

  constructor(options: SeriesOptions, saved?: SavedSeries) {
    this.#options = options;
    this.#ownMemory = new Memory(saved?.own);
    this.#own = this.#ownMemory.take(3);
    this.#tail = new Tail(this.#ownMemory, options.horizon, 4);
    saved?.columns.forEach(([name, text]) => this.#column(name, new Memory(text)));
    if (saved?.relation !== undefined) this.#relate(new Memory(saved.relation));
  }

  /** Scores a row: its numbers by the names of their columns, in any order; a column without a number is missing. */
  score(names: readonly string[], values: ArrayLike<number>, count: number): Score {
    const own = this.#own;
    const rows = (own[ROWS] = own[ROWS]! + 1);
    const evidence = this.#look(names, values, count);
    const total = (own[TOTAL] = evidence);
    const surprise = this.#tail.evidence(total);
    const training = rows <= this.#options.trainRows;
    const limit = -Math.log(this.#options.falseAlarms);
    own[ALARM] = training
      ? 0
      : surprise >= limit
        ? own[ALARM]! + 1
        : surprise >= limit / 2 && own[ALARM]! > 0
          ? own[ALARM]! + 1
          : 0;
    const alarm = own[ALARM] > 0;
    const weight = alarm && own[ALARM] < this.#patience ? DOUBT : 1;
    this.#tail.learn(total, weight);
    for (const column of this.#present) column.learn(weight);
    this.#relation?.learn(weight);
    return training ? { score: 0, anomaly: 0 } : { score: surprise / (surprise + limit), anomaly: alarm ? 1 : 0 };
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
    for (let i = 0; i < count; i++) {
      const column = this.#find(names[i]!);
      if (!column) continue;
      column.look(values[i]!, this.#evidence);
      this.#present.push(column);
      total += excess(this.#evidence);
    }
    if (this.#columns.length > 1) {
      this.#relate();
      this.#relation!.look(
        this.#columns.map(({ scaled }) => scaled),
        this.#jointEvidence,
      );
      total += excess(this.#jointEvidence);
    }
    return total;
  }

  #find(name: string): Column | undefined {
    const index = this.#names.indexOf(name);
    if (index >= 0) return this.#columns[index];
    return this.#columns.length < this.#options.columns ? this.#column(name, new Memory()) : undefined;
  }

  #column(name: string, memory: Memory): Column {
    const column = new Column(memory, this.#options.horizon);
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
    this.#relation = new Relation(this.#relationMemory, length, this.#options.horizon);
    this.#jointEvidence = new Float64Array(length * RELATION_MEASURES);
  }
}

/** What a snapshot keeps of a series. */
export interface SavedSeries {
  readonly own: string;
  readonly columns: readonly (readonly [string, string])[];
  readonly relation?: string;
}

function excess(evidence: Float64Array): number {
  let sum = 0;
  for (const each of evidence) if (each > ORDINARY) sum += each - ORDINARY;
  return sum;
}
