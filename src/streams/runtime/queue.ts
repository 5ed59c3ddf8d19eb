/** A place where records wait inside a running graph. */
export interface Queue {
  /** True while no more should be read. */
  readonly full: boolean;
  /** Resolves when nothing waits here and nothing is being worked on. */
  settled(): Promise<void>;
}

/** A queue in front of the others: what waits here goes on while there is room behind. */
export interface Anteroom extends Queue {
  /** There is room behind again. */
  resume(): void;
}

/** Says when a source may read on: all the back pressure that a graph has. */
export class Admission {
  readonly #queues: Queue[] = [];
  readonly #anterooms: Anteroom[] = [];
  #waiting: (() => void)[] = [];

  /** @param lockstep wait until everything is worked off before the next batch, so that a replay has one order only */
  constructor(readonly lockstep: boolean) {}

  /** Queues are added in the order of the graph. */
  add(queue: Queue): void {
    this.#queues.push(queue);
  }

  addAnteroom(anteroom: Anteroom): void {
    this.#anterooms.push(anteroom);
  }

  /** One of the queues is full. */
  get crowded(): boolean {
    return this.#queues.some((queue) => queue.full);
  }

  /** Undefined if the next batch may be read at once. */
  next(): Promise<void> | undefined {
    if (this.lockstep) return this.#settle();
    return this.#closed ? this.#relief() : undefined;
  }

  /** A queue has room again. */
  relieved(): void {
    if (this.crowded) return;
    for (const anteroom of this.#anterooms) anteroom.resume();
    if (this.#waiting.length === 0 || this.#closed) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  get #closed(): boolean {
    return this.crowded || this.#anterooms.some((anteroom) => anteroom.full);
  }

  async #settle(): Promise<void> {
    // What one queue gives out goes into a later one, so one pass in the order of the graph is enough.
    for (const queue of [...this.#anterooms, ...this.#queues]) await queue.settled();
  }

  #relief(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Lets those who wait go on when the last one has left. */
export class Settling {
  #waiting: (() => void)[] = [];

  wait(busy: boolean): Promise<void> {
    if (!busy) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  done(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}
