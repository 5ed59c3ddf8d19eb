import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../streams/component/folder.js";
import { timeText } from "../../streams/record/timestamp.js";
import { withoutRetries } from "./letter.js";

/** Commands and runs append to it, a line of JSON each time. */
export const FATES = "dead-letter-fates.jsonl";

/** Bytes of it that are read without a thought. */
const MUCH = 1024 * 1024;

/** What became of a dead letter. One that was refused could not be retried by the run that was asked to, and is open. */
export interface Fate {
  readonly state: "dropped" | "retried" | "refused";
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Why it was refused. */
  readonly reason?: string;
}

interface Line extends Fate {
  readonly ids: readonly string[];
}

/** Notes the same fate for some letters. @param folder STATE_DIR @param now ms since the epoch */
export function noteFate(folder: string, ids: readonly string[], fate: Omit<Fate, "at">, now: number): void {
  const line: Line = { at: timeText(now), ...fate, ids };
  makeFolder(folder);
  // A process that was killed may have left half a line.
  appendFileSync(join(folder, FATES), `\n${JSON.stringify(line)}\n`);
}

/**
 * Forgets what was noted before a time, where that has become much. For a run, when the letters of before are gone.
 *
 * @param time ms since the epoch
 */
export function forgetFates(folder: string, time: number, much = MUCH): void {
  const path = join(folder, FATES);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < much) return;
  const lines = readFileSync(path, "utf8").split("\n");
  const kept = lines.filter((line) => Date.parse(parse(line)?.at ?? "") >= time);
  const beside = `${path}.new`;
  writeFileSync(beside, kept.map((line) => `${line}\n`).join(""), { flush: true });
  // A command may have noted something meanwhile: another start will do.
  if (statSync(path).size === size) renameSync(beside, path);
}

/** What became of which letter, as far as anything did. */
export class Fates {
  readonly #last = new Map<string, Fate>();
  /** By the id without the number of its retries. */
  readonly #retries = new Map<string, number>();

  /** Those that are noted in STATE_DIR. */
  static read(folder: string): Fates {
    const fates = new Fates();
    const path = join(folder, FATES);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    for (const line of text.split("\n").map(parse)) {
      if (!line) continue;
      const { ids, ...fate } = line;
      for (const id of ids) {
        fates.#last.set(id, fate);
        if (fate.state === "retried") fates.countRetry(id, 1);
      }
    }
    return fates;
  }

  of(id: string): Fate | undefined {
    return this.#last.get(id);
  }

  isOpen(id: string): boolean {
    const state = this.#last.get(id)?.state;
    return state === undefined || state === "refused";
  }

  /** How often the letters of a failure were retried. */
  retries(id: string): number {
    return this.#retries.get(withoutRetries(id)) ?? 0;
  }

  countRetry(id: string, by: 1 | -1): void {
    const base = withoutRetries(id);
    this.#retries.set(base, (this.#retries.get(base) ?? 0) + by);
  }
}

/** Undefined for half a line. */
function parse(line: string): Line | undefined {
  try {
    const value = JSON.parse(line) as Partial<Line> | null;
    return Array.isArray(value?.ids) ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}
