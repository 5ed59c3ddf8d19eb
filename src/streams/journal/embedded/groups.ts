import { existsSync, readdirSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, messageOf } from "../../component/errors.js";
import { makeFolder } from "../../component/folder.js";
import { JournalWriteError } from "../errors.js";
import type { Offsets } from "../journal.js";

const ENDING = ".json";

/** How far each group of consumers has come: one small file a group, always whole. */
export class Groups {
  readonly #folder: string;
  readonly #committed: Map<string, Offsets>;
  /** Per group the write under way, and what is to be written after it. */
  readonly #writing = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, { offsets: Offsets; written: Promise<void> }>();

  private constructor(folder: string, committed: Map<string, Offsets>) {
    this.#folder = folder;
    this.#committed = committed;
  }

  /** The groups of a stream, by the folder of the stream. */
  static open(streamFolder: string, partitions: number): Groups {
    const folder = join(streamFolder, "groups");
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(ENDING)) : [];
    return new Groups(
      folder,
      new Map(names.map((name) => [groupOf(name), readOffsets(join(folder, name), partitions)])),
    );
  }

  get(group: string): Offsets | undefined {
    return this.#committed.get(group);
  }

  all(): ReadonlyMap<string, Offsets> {
    return this.#committed;
  }

  /** Resolves when these offsets, or later ones of the same group, survive a power cut. */
  commit(group: string, offsets: Offsets): Promise<void> {
    const given = [...offsets];
    const waiting = this.#waiting.get(group);
    if (waiting) {
      waiting.offsets = given;
      return waiting.written;
    }
    const busy = this.#writing.get(group);
    if (!busy) return this.#begin(group, given);
    const next = (): Promise<void> => {
      const { offsets: latest } = this.#waiting.get(group)!;
      this.#waiting.delete(group);
      return this.#begin(group, latest);
    };
    const written = busy.then(next, next);
    this.#waiting.set(group, { offsets: given, written });
    return written;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.allSettled(this.#writing.values());
  }

  #begin(group: string, offsets: Offsets): Promise<void> {
    const writing = this.#write(group, offsets).finally(() => this.#writing.delete(group));
    this.#writing.set(group, writing);
    return writing;
  }

  async #write(group: string, offsets: Offsets): Promise<void> {
    const path = join(this.#folder, `${encodeURIComponent(group)}${ENDING}`);
    const beside = `${path}.new`;
    try {
      makeFolder(this.#folder);
      const file = await open(beside, "w");
      try {
        await file.writeFile(`${JSON.stringify({ group, offsets })}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (cause) {
      throw new JournalWriteError(`${path}: the offsets of "${group}" cannot be written: ${messageOf(cause)}`, {
        cause,
      });
    }
    this.#committed.set(group, offsets);
  }
}

function groupOf(name: string): string {
  return decodeURIComponent(name.slice(0, -ENDING.length));
}

function readOffsets(path: string, partitions: number): Offsets {
  try {
    const { offsets } = JSON.parse(readFileSync(path, "utf8")) as { readonly offsets?: unknown };
    if (Array.isArray(offsets) && offsets.length === partitions && offsets.every(Number.isSafeInteger))
      return offsets as Offsets;
  } catch (cause) {
    throw new ConfigError(`${path} cannot be read: ${messageOf(cause)}; take it away to let its group begin anew`, {
      cause,
    });
  }
  throw new ConfigError(
    `${path} holds no offsets of ${partitions} partitions; take it away to let its group begin anew`,
  );
}
