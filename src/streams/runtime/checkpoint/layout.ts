import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { StateWriter } from "../share.js";
import type { Header } from "./checkpoint.js";
import { CheckpointFiles } from "./file.js";

/** Of one worker: `0-of-2`. */
const WORKER = /^\d+-of-(\d+)$/;
/** Of the process that reads the sources for its workers. */
const SOURCES = "sources";

/**
 * Where the checkpoints of one pipeline lie. A run without workers has them in the folder itself; with workers each has a
 * folder of its own below, and so has the process that reads the sources for them.
 */
export class Layout {
  constructor(readonly folder: string) {}

  get whole(): CheckpointFiles {
    return new CheckpointFiles(this.folder);
  }

  get sources(): CheckpointFiles {
    return new CheckpointFiles(join(this.folder, SOURCES));
  }

  worker(index: number, workers: number): CheckpointFiles {
    return new CheckpointFiles(join(this.folder, `${index}-of-${workers}`));
  }

  /** All that speak for operators and sinks, whoever wrote them; for one of so many workers, those of its fellows left out. */
  async parts(own?: { readonly index: number; readonly workers: number }): Promise<CheckpointFiles[]> {
    const others = await this.#workers((workers) => workers !== own?.workers);
    return [this.whole, ...others, ...(own ? [this.worker(own.index, own.workers)] : [])];
  }

  /** The newest epoch that may stand in the journal: workers count their own. */
  async epoch(): Promise<number> {
    return Math.max(0, ...(await this.whole.epochs()), ...(await this.sources.epochs()));
  }

  /** Forgets what others left than so many workers; without a number: than a run without. */
  async keepOnly(workers?: number): Promise<void> {
    if (workers === undefined) {
      for (const files of [this.sources, ...(await this.#workers(() => true))]) await forget(files);
    } else {
      await this.whole.clear();
      for (const files of await this.#workers((others) => others !== workers)) await forget(files);
    }
  }

  /** Where a run without workers puts its checkpoints: with the first one it forgets those of workers, if there are any. */
  async instead(): Promise<{ begin(header: Header): Promise<StateWriter> }> {
    const { whole } = this;
    let others = (await this.#workers(() => true)).length > 0 || (await this.sources.epochs()).length > 0;
    return {
      begin: async (header) => {
        const writer = await whole.begin(header);
        if (!others) return writer;
        return {
          line: (value) => writer.line(value),
          get due() {
            return writer.due;
          },
          write: () => writer.write(),
          finish: async () => {
            await writer.finish();
            others = false;
            await this.keepOnly();
          },
          abandon: () => writer.abandon(),
        };
      },
    };
  }

  async clear(): Promise<void> {
    await this.whole.clear();
    await this.keepOnly();
  }

  async #workers(which: (workers: number) => boolean): Promise<CheckpointFiles[]> {
    const names = await namesIn(this.folder);
    const wanted = names.filter((name) => which(Number(WORKER.exec(name)?.[1] ?? NaN)) && WORKER.test(name));
    return wanted.sort().map((name) => new CheckpointFiles(join(this.folder, name)));
  }
}

async function forget(files: CheckpointFiles): Promise<void> {
  await files.clear();
  // One that was set aside stays, for someone to look at.
  await rmdir(files.folder).catch(() => undefined);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
}
