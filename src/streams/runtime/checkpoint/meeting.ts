const ON_ITS_WAY = -1;

interface Reader {
  /** The end of an epoch that it has come to; Infinity where it has left. */
  at: number;
  go: (together: boolean) => void;
}

/**
 * Where the sources of a pipeline wait for each other while they read what an earlier run kept: an epoch ends for all of
 * them, or for none where the journal of one has not got its end. So a source with little in an epoch does not run ahead of
 * one with much, and nothing piles up between them.
 */
export class Meeting {
  readonly #readers = new Map<string, Reader>();

  /** Before the first comes. */
  join(name: string): void {
    this.#readers.set(name, { at: ON_ITS_WAY, go: () => undefined });
  }

  /** Resolves when nobody is before this end: true where all stand at it, false where it is to be passed over. */
  reach(name: string, epoch: number): Promise<boolean> {
    const reader = this.#readers.get(name)!;
    if (reader.at === Infinity) return Promise.resolve(false);
    return new Promise((go) => {
      reader.at = epoch;
      reader.go = go;
      this.#decide();
    });
  }

  /** It reads no more of what was kept. */
  leave(name: string): void {
    const reader = this.#readers.get(name)!;
    reader.at = Infinity;
    reader.go(false);
    this.#decide();
  }

  #decide(): void {
    const readers = [...this.#readers.values()];
    const first = Math.min(...readers.map(({ at }) => at));
    if (first === ON_ITS_WAY || first === Infinity) return;
    const together = readers.every(({ at }) => at === first);
    for (const reader of readers) {
      if (reader.at !== first) continue;
      reader.at = ON_ITS_WAY;
      reader.go(together);
    }
  }
}
