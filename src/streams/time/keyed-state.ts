import { fromJson, type JsonValue, toJson } from "../record/json.js";
import { type Cut, CutUnderWay, type Slot } from "./cut.js";

/** How many keys a node keeps state for unless its options say otherwise. */
export const DEFAULT_KEY_LIMIT = 100_000;

/** How the state of a key goes into a checkpoint and comes back. */
export interface Codec<S, Saved extends JsonValue = JsonValue> {
  /** Must share nothing with the state that can still change. */
  save(state: S): Saved;
  /** Throws where the node, as its options are now, has no use for what was saved; the message says why. */
  load(saved: Saved, key: string): S;
}

/** For state that is plain data: the same comes back, to the last digit. */
export function plainCodec<S>(): Codec<S> {
  return { save: toJson, load: (saved) => fromJson(saved) as S };
}

export interface KeyedStateOptions<S> {
  /** Over so many keys, those that were not used for longest are let go. */
  readonly limit?: number;
  /** Absent: no cut can be made. */
  readonly codec?: Codec<S>;
}

/**
 * State per key, bounded: over the limit the quarter that was not touched for longest goes, so a flood of invented
 * printer ids costs accuracy for the silent ones and never the process. Iterates in the order of first use, which is the
 * same in every replay.
 *
 * Whoever changes the state of a key gets it by `of` or `touch`, each time anew: a cut that is under way then saves it as
 * it was. What `peek` and the iterator give is only looked at.
 */
export class KeyedState<S> {
  readonly #slots = new Map<string, Slot<S>>();
  readonly #create: (key: string) => S;
  readonly #limit: number;
  readonly #codec: Codec<S> | undefined;
  #touches = 0;
  #orders = 0;
  #cuts = 0;
  #cut: CutUnderWay<S> | undefined;

  constructor(create: (key: string) => S, { limit = DEFAULT_KEY_LIMIT, codec }: KeyedStateOptions<S> = {}) {
    this.#create = create;
    this.#limit = limit;
    this.#codec = codec;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** The state of a key, made on first use. */
  of(key: string): S {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      this.#makeRoom();
      slot = this.#add(key, this.#create(key));
    } else if (slot.cut !== this.#cuts) this.#keep(slot);
    slot.touched = ++this.#touches;
    return slot.state;
  }

  /** The state of a key if there is one. Counts as use, so it may be changed. */
  touch(key: string): S | undefined {
    return this.#slots.has(key) ? this.of(key) : undefined;
  }

  /** The state of a key if there is one, to look at. Does not count as use. */
  peek(key: string): S | undefined {
    return this.#slots.get(key)?.state;
  }

  delete(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#cut?.leave(key, slot);
    this.#slots.delete(key);
  }

  clear(): void {
    if (this.#cut) for (const [key, slot] of this.#slots) this.#cut.leave(key, slot);
    this.#slots.clear();
  }

  /** To look at. */
  *[Symbol.iterator](): IterableIterator<[string, S]> {
    for (const [key, slot] of this.#slots) yield [key, slot.state];
  }

  /**
   * The state of all keys as it is now. Takes no time that grows with their number; each is saved when it is pulled, or
   * before it changes. One at a time.
   */
  cut(): Cut {
    const codec = this.#codec;
    if (!codec) throw new Error("this state has no codec, so nothing of it can be saved");
    if (this.#cut) throw new Error("a cut of this state is under way; pull it to its end or abandon it first");
    this.#cut = new CutUnderWay({
      slots: this.#slots,
      number: ++this.#cuts,
      last: this.#orders,
      save: ({ touched, state }) => [touched, codec.save(state)],
      over: () => (this.#cut = undefined),
    });
    return this.#cut;
  }

  /** Puts back a key that was pulled from a cut, behind those that are there. Throws what the codec throws. */
  restore(key: string, saved: JsonValue): void {
    const [touched, state] = saved as readonly [touched: number, state: JsonValue];
    const loaded = this.#codec!.load(state, key);
    this.delete(key);
    this.#makeRoom();
    this.#add(key, loaded).touched = touched;
    this.#touches = Math.max(this.#touches, touched);
  }

  #add(key: string, state: S): Slot<S> {
    const slot = { state, order: ++this.#orders, touched: 0, cut: this.#cuts };
    this.#slots.set(key, slot);
    return slot;
  }

  #keep(slot: Slot<S>): void {
    if (this.#cut) this.#cut.keep(slot);
    else slot.cut = this.#cuts;
  }

  #makeRoom(): void {
    if (this.#slots.size < this.#limit) return;
    const touches = [...this.#slots.values()].map((slot) => slot.touched).sort((a, b) => a - b);
    const oldest = touches[Math.floor(touches.length / 4)]!;
    for (const [key, slot] of this.#slots) if (slot.touched <= oldest) this.delete(key);
  }
}
