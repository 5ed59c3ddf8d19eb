import { NOTE_EVERY } from "./names.js";
import type { Sqlite } from "./sqlite.js";
import type { Trimmed } from "./store.js";

/** So many printers are looked at in one go, however little there is to remove. */
const PRINTERS_AT_ONCE = 500;

/** Removes old rows, printer by printer, a slice at a time: the run goes on in between. */
export class Trimmer {
  readonly #printers;
  readonly #newest;
  readonly #bound;
  readonly #removeTo;
  readonly #removeBefore;
  readonly #removePrinter;
  /** The last printer that is done with. */
  #after = 0;

  constructor(sqlite: Sqlite) {
    this.#printers = sqlite.prepare<[number, number]>(
      `SELECT id, stored_at FROM printers WHERE id > ? ORDER BY id LIMIT ${PRINTERS_AT_ONCE}`,
    );
    this.#newest = sqlite.prepare<[number | null]>("SELECT max(time) FROM records WHERE printer = ? AND time <= ?");
    this.#bound = sqlite.prepare<[number]>(
      "SELECT time FROM records WHERE printer = ? AND time < ? ORDER BY time LIMIT 1 OFFSET ?",
    );
    this.#removeTo = sqlite.prepare("DELETE FROM records WHERE printer = ? AND time <= ?");
    this.#removeBefore = sqlite.prepare("DELETE FROM records WHERE printer = ? AND time < ?");
    this.#removePrinter = sqlite.prepare("DELETE FROM printers WHERE id = ?");
  }

  /** See HistoryStore.trim; `gone` where a printer's number is free again. Runs inside a transaction. */
  trim(now: number, keep: number, limit: number): Trimmed & { readonly gone: boolean } {
    let removed = 0;
    let gone = false;
    const printers = this.#printers.all([this.#after]);
    for (const [id, storedAt] of printers) {
      const silent = storedAt < now - keep - NOTE_EVERY;
      const before = silent ? Number.MAX_VALUE : this.#cutoff(id, now, keep);
      removed += before === undefined ? 0 : this.#remove(id, before, limit - removed);
      if (removed >= limit) return { removed, gone, done: false };
      if (silent) {
        this.#removePrinter.run([id]);
        gone = true;
      }
      this.#after = id;
    }
    const done = printers.length < PRINTERS_AT_ONCE;
    if (done) this.#after = 0;
    return { removed, gone, done };
  }

  /** A time that lies ahead of the clock is somebody's mistake, and must not make all that is true look old. */
  #cutoff(id: number, now: number, keep: number): number | undefined {
    const [newest] = this.#newest.get([id, now])!;
    return newest === null ? undefined : newest - keep;
  }

  /** Removes the oldest rows of a printer before a time; about `limit` at most, all of one instant together. */
  #remove(id: number, before: number, limit: number): number {
    const last = this.#bound.get([id, before, limit - 1]);
    return last ? this.#removeTo.run([id, last[0]]) : this.#removeBefore.run([id, before]);
  }
}
