/** Lets many ask for the same sync: whoever comes while one is under way waits for the next, all of them for the same. */
export class GroupSync {
  readonly #sync: () => Promise<void>;
  #underWay: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param sync covers all that was written before it was called */
  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  get busy(): boolean {
    return this.#underWay !== undefined;
  }

  /** Resolves when all that was written before the call has been synced. */
  ask(): Promise<void> {
    const begin = () => this.#begin();
    if (!this.#underWay) return begin();
    this.#next ??= this.#underWay.then(begin, begin);
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    this.#underWay = this.#sync().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }
}
