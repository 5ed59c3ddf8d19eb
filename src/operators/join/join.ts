import type { Output, RecordOperator, States } from "../../streams/component/definition.js";
import { PoisonRecordError } from "../../streams/component/errors.js";
import { readField } from "../../streams/record/field.js";
import { fromJson, toJson } from "../../streams/record/json.js";
import { derive, type StreamRecord, type TimeMark } from "../../streams/record/record.js";
import type { FieldValue } from "../../streams/record/values.js";
import { type Codec, KeyedState } from "../../streams/time/keyed-state.js";
import { furthestBehind, KeyWatermark, type Watermark } from "../../streams/time/watermark.js";
import { isDate, requireDate } from "../../streams/window/measured.js";
import { firstFrom, insertInTime, partnerOf, type Search } from "./in-time.js";
import { type Joinable, joiner } from "./joiner.js";

export interface JoinOptions extends Search {
  readonly fields: readonly string[];
  readonly prefix: string;
  readonly keep: "inner" | "left";
  /** ms */
  readonly lateness: number;
  /** ms */
  readonly wait: number;
  /** How many keys may have records that wait. */
  readonly keys: number;
  /** How many records of a key and input are held. */
  readonly records: number;
}

/** What is kept of a record of the second input: the chosen fields in their order. */
interface Partner {
  readonly eventTime: number;
  readonly values: readonly FieldValue[];
}

/** What is known of one input of a key. */
interface Side {
  readonly watermark: KeyWatermark;
  newest: number;
  /** `ended`: it went silent or away, and nobody waits for it. */
  state: "unseen" | "flowing" | "ended";
}

interface Pair {
  readonly sides: readonly [left: Side, right: Side];
  readonly lefts: StreamRecord<Joinable>[];
  readonly rights: Partner[];
}

const LEFT = 0;
const RIGHT = 1;
/** So many partners that no one needs any more are worth the move of the others. */
const WORTH_MOVING = 32;

/** Pairs the records of two inputs. Both are kept in order of time, so what comes out depends on their times alone. */
export class Join implements RecordOperator<Joinable, Joinable> {
  readonly #options: JoinOptions;
  readonly #join: ReturnType<typeof joiner>;
  readonly #pairs: KeyedState<Pair>;
  readonly state: States;

  constructor(options: JoinOptions) {
    this.#options = options;
    this.#join = joiner(options.fields.map((field) => options.prefix + field));
    const create = (): Pair => ({ sides: [sideOf(options), sideOf(options)], lefts: [], rights: [] });
    this.#pairs = new KeyedState(create, { limit: options.keys, codec: codecOf(create) });
    this.state = { pairs: this.#pairs };
  }

  process(record: StreamRecord<Joinable>, output: Output<Joinable>, input: number): void {
    requireDate(record.eventTime);
    const pair = this.#pairs.of(record.key);
    const side = pair.sides[input]!;
    if (record.eventTime < side.watermark.time) {
      output.side("late", this.#late(record, side.watermark.time));
      return;
    }
    this.#observe(side, record.eventTime);
    const held = input === LEFT ? pair.lefts : pair.rights;
    // Its time counts even where there is no room for it, or those that wait would never go.
    if (held.length >= this.#options.records) this.#settle(pair, output);
    if (held.length >= this.#options.records)
      throw new PoisonRecordError(
        `${held.length} records of "${record.key}" are held, which is the limit; ` +
          `see whether its clock stands still, or raise \`records\``,
      );
    if (input === LEFT) insertInTime(pair.lefts, record);
    else insertInTime(pair.rights, this.#partner(record));
    this.#settle(pair, output);
  }

  advance(mark: TimeMark, output: Output<Joinable>, input: number): void {
    if (mark.cause === "passed") {
      if (!isDate(mark.eventTime)) return;
      const pair = this.#pairs.of(mark.key);
      this.#observe(pair.sides[input]!, mark.eventTime);
      this.#settle(pair, output);
      return;
    }
    const pair = this.#pairs.touch(mark.key);
    if (!pair) return;
    const side = pair.sides[input]!;
    side.state = "ended";
    side.watermark.advanceTo(side.newest);
    // The mark goes on from here: what stayed behind would come after it.
    if (input === LEFT) this.#settleAll(pair, output);
    else this.#settle(pair, output);
    if (pair.sides.every(({ state }) => state !== "flowing")) this.#pairs.delete(mark.key);
  }

  flush(output: Output<Joinable>): void {
    for (const [key] of this.#pairs) this.#settleAll(this.#pairs.of(key), output);
    this.#pairs.clear();
  }

  watermark(): Watermark | undefined {
    return furthestBehind(
      [...this.#pairs].map(([key, { sides }]) => [key, Math.min(...sides.map(({ watermark }) => watermark.time))]),
    );
  }

  keys(): number {
    return this.#pairs.size;
  }

  #observe(side: Side, time: number): void {
    side.state = "flowing";
    if (time > side.newest) side.newest = time;
    side.watermark.advanceTo(time - this.#options.lateness);
  }

  #partner({ value, eventTime }: StreamRecord<Joinable>): Partner {
    const values = this.#options.fields.map((field) => {
      const found = readField(value, field);
      return found === undefined || Number.isNaN(found) ? null : found;
    });
    return { eventTime, values };
  }

  #late(record: StreamRecord<Joinable>, watermark: number): StreamRecord {
    const { eventTime: time } = record;
    const { within } = this.#options;
    const window = { start: time - within, end: time + within + 1 };
    return derive(record, { kind: "late", record, lateBy: watermark - time, window });
  }

  /** Gives out the records whose partner is known, and lets go of partners that no one can want any more. */
  #settle(pair: Pair, output: Output<Joinable>): void {
    const { wait, within } = this.#options;
    const { lefts, rights, sides } = pair;
    const [ours, theirs] = sides.map(({ watermark }) => watermark.time) as [number, number];
    const seen = sides[RIGHT].state === "ended" ? Infinity : Math.max(theirs, ours - wait);
    let settled = 0;
    for (; settled < lefts.length && lefts[settled]!.eventTime <= ours; settled++) {
      const partner = partnerOf(rights, lefts[settled]!.eventTime, seen, this.#options);
      if (partner === undefined) break;
      this.#give(lefts[settled]!, partner, output);
    }
    lefts.splice(0, settled);
    const oldest = Math.max(Math.min(lefts[0]?.eventTime ?? Infinity, ours), theirs - wait) - within;
    const useless = firstFrom(rights, oldest);
    if (useless > WORTH_MOVING && 2 * useless > rights.length) rights.splice(0, useless);
  }

  #settleAll({ lefts, rights }: Pair, output: Output<Joinable>): void {
    for (const left of lefts) this.#give(left, partnerOf(rights, left.eventTime, Infinity, this.#options)!, output);
    lefts.length = 0;
  }

  #give(left: StreamRecord<Joinable>, partner: Partner | null, output: Output<Joinable>): void {
    if (partner !== null || this.#options.keep === "left") output.emit(this.#join(left, partner?.values));
    else output.side("unmatched", left);
  }
}

function sideOf({ lateness }: JoinOptions): Side {
  return { watermark: new KeyWatermark(lateness), newest: -Infinity, state: "unseen" };
}

/** What a checkpoint holds of a pair. */
interface SavedPair {
  readonly sides: readonly (readonly [state: Side["state"], watermark: number, newest: number])[];
  readonly lefts: readonly StreamRecord<Joinable>[];
  readonly rights: readonly (readonly [eventTime: number, ...values: FieldValue[]])[];
}

function codecOf(create: () => Pair): Codec<Pair> {
  return {
    save({ sides, lefts, rights }) {
      const saved: SavedPair = {
        sides: sides.map(({ state, watermark, newest }) => [state, watermark.time, newest]),
        lefts,
        rights: rights.map(({ eventTime, values }) => [eventTime, ...values]),
      };
      return toJson(saved);
    },
    load(json) {
      const { sides, lefts, rights } = fromJson(json) as SavedPair;
      const pair = create();
      sides.forEach(([state, watermark, newest], i) => {
        pair.sides[i]!.watermark.advanceTo(watermark);
        Object.assign(pair.sides[i]!, { state, newest });
      });
      for (const left of lefts) pair.lefts.push(left);
      for (const [eventTime, ...values] of rights) pair.rights.push({ eventTime, values });
      return pair;
    },
  };
}
