/** How many keys a node keeps state for unless its options say otherwise. */
export const DEFAULT_KEY_LIMIT = 100_000;

interface Slot<S> {
  readonly state: S;
  touched: number;
}

/**
 * State per key, bounded: over the limit the quarter that was not touched for longest goes, so a flood of invented
 * printer ids costs accuracy for the silent ones and never the process. Iterates in the order of first use, which is the
 * same in every replay.
 */
export class KeyedState<S> {
  readonly #slots = new Map<string, Slot<S>>();
  readonly #create: (key: string) => S;
  readonly #limit: number;
  #touches = 0;

  constructor(create: (key: string) => S, limit: number = DEFAULT_KEY_LIMIT) {
    this.#create = create;
    this.#limit = limit;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** The state of a key, made on first use. */
  of(key: string): S {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      if (this.#slots.size >= this.#limit) this.#evict();
      slot = { state: this.#create(key), touched: 0 };
      this.#slots.set(key, slot);
    }
    slot.touched = ++this.#touches;
    return slot.state;
  }

  /** The state of a key if there is one. Does not count as use. */
  peek(key: string): S | undefined {
    return this.#slots.get(key)?.state;
  }

  delete(key: string): void {
    this.#slots.delete(key);
  }

  clear(): void {
    this.#slots.clear();
  }

  *[Symbol.iterator](): IterableIterator<[string, S]> {
    for (const [key, slot] of this.#slots) yield [key, slot.state];
  }

  #evict(): void {
    const touches = [...this.#slots.values()].map((slot) => slot.touched).sort((a, b) => a - b);
    const oldest = touches[Math.floor(touches.length / 4)]!;
    for (const [key, slot] of this.#slots) if (slot.touched <= oldest) this.#slots.delete(key);
  }
}
