import type { JsonValue } from "../record/json.js";

/** What is known of one key, and when: by counters of the state that it belongs to. */
export interface Slot<S> {
  readonly state: S;
  /** Counts up with each key that is new, so that it tells the order of first use. */
  readonly order: number;
  /** Counts up with each use. */
  touched: number;
  /** The number of the newest cut that has no more need of this slot: it has it, or never will. */
  cut: number;
}

/** A key and what was saved of it. */
export type Entry = readonly [key: string, saved: JsonValue];

/**
 * The state of all keys as it was at one moment, handed out key by key in the order of first use while the state goes on
 * to change. Keeps a copy only of those keys that change before their turn comes.
 */
export interface Cut {
  /** How many keys there were. */
  readonly size: number;
  /** True once the last key has been handed out, or the cut was abandoned. */
  readonly done: boolean;
  /** The next key; undefined where there is none, and then the cut is done. */
  pull(): Entry | undefined;
  /** Lets go of what is left. */
  abandon(): void;
}

/** What the state needs to know of a cut that is under way. */
export interface CutOptions<S> {
  readonly slots: ReadonlyMap<string, Slot<S>>;
  readonly number: number;
  /** The order of the key that was new last. */
  readonly last: number;
  readonly save: (slot: Slot<S>) => JsonValue;
  /** Is called once, when the cut is done. */
  readonly over: () => void;
}

/** A cut that is under way, with what was kept of keys that changed before their turn. */
export class CutUnderWay<S> implements Cut {
  readonly size: number;
  readonly #options: CutOptions<S>;
  readonly #entries: Iterator<Entry>;
  /** Of keys that are still there. */
  readonly #kept = new Map<Slot<S>, JsonValue>();
  /** Keys that went before their turn: those that come first at the end, once sorted. */
  readonly #gone: { readonly order: number; readonly entry: Entry }[] = [];
  #sorted = true;
  #done = false;

  constructor(options: CutOptions<S>) {
    this.#options = options;
    this.size = options.slots.size;
    this.#entries = this.#inOrder();
  }

  get done(): boolean {
    return this.#done;
  }

  pull(): Entry | undefined {
    const next = this.#entries.next();
    if (next.done !== true) return next.value;
    this.abandon();
    return undefined;
  }

  abandon(): void {
    if (this.#done) return;
    this.#done = true;
    this.#entries.return?.();
    this.#kept.clear();
    this.#gone.length = 0;
    this.#options.over();
  }

  /** Saves a key that is about to change. */
  keep(slot: Slot<S>): void {
    this.#kept.set(slot, this.#options.save(slot));
    slot.cut = this.#options.number;
  }

  /** Saves a key that is about to go. */
  leave(key: string, slot: Slot<S>): void {
    if (slot.cut !== this.#options.number) this.keep(slot);
    const saved = this.#kept.get(slot);
    // It has had its turn, or is newer than the cut.
    if (saved === undefined) return;
    this.#kept.delete(slot);
    this.#gone.push({ order: slot.order, entry: [key, saved] });
    this.#sorted = this.#gone.length < 2;
  }

  *#inOrder(): Generator<Entry, undefined> {
    const { slots, last } = this.#options;
    // A Map that changes meanwhile gives what is new at the end, and nothing that went.
    for (const [key, slot] of slots) {
      if (slot.order > last) break;
      const entry: Entry = [key, this.#take(slot)];
      yield* this.#goneBefore(slot.order);
      yield entry;
    }
    yield* this.#goneBefore(Infinity);
    return undefined;
  }

  #take(slot: Slot<S>): JsonValue {
    const { number, save } = this.#options;
    if (slot.cut !== number) {
      slot.cut = number;
      return save(slot);
    }
    const saved = this.#kept.get(slot)!;
    this.#kept.delete(slot);
    return saved;
  }

  *#goneBefore(order: number): Generator<Entry> {
    for (;;) {
      if (!this.#sorted) this.#gone.sort((a, b) => b.order - a.order);
      this.#sorted = true;
      const next = this.#gone.at(-1);
      if (next === undefined || next.order >= order) return;
      this.#gone.pop();
      yield next.entry;
    }
  }
}
