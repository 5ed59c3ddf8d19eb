import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { makeFolder, syncFolder } from "../../component/folder.js";
import type { Entry, Header, Last, OwnEntry } from "./checkpoint.js";
import { type Checkpoint, readCheckpoint } from "./read-file.js";

const NAME = /^(\d+)\.checkpoint$/;
/** Of one that is being written, or was when the program was killed. */
const UNFINISHED = /^\d+\.checkpoint\.part$/;
/** The one before the newest stays: should a disk fail, there is another. */
const KEPT = 2;
/** So many characters go to the disk at once. */
const PIECE = 256 * 1024;

/**
 * Checkpoints of one pipeline, a file each: a header, a line for each key of each state, and a last line with a checksum of
 * all before it. A file has its name only once it is whole and on the disk.
 */
export class CheckpointFiles {
  constructor(readonly folder: string) {}

  /** Numbers of the checkpoints that are here, newest first. */
  async epochs(): Promise<number[]> {
    const names = await this.#names();
    return names.flatMap((name) => (NAME.exec(name) ? [Number.parseInt(name, 10)] : [])).sort((a, b) => b - a);
  }

  /** Throws where the file is not whole; ConfigError where another version of the program wrote it. */
  read(epoch: number): Promise<Checkpoint> {
    return readCheckpoint(this.#path(epoch));
  }

  async begin(header: Header): Promise<CheckpointWriter> {
    makeFolder(this.folder);
    const path = this.#path(header.epoch);
    await this.#tidy();
    const file = await open(`${path}.part`, "w");
    const writer = new CheckpointWriter(file, {
      publish: async () => {
        await rename(`${path}.part`, path);
        await syncFolder(this.folder);
        await this.#tidy();
      },
      remove: () => rm(`${path}.part`, { force: true }),
    });
    writer.line(header);
    return writer;
  }

  /** Takes one that cannot be read out of the row, for someone to look at: its number counts no more. */
  async setAside(epoch: number): Promise<void> {
    await rename(this.#path(epoch), join(this.folder, `${epoch}.broken`));
  }

  /** Forgets all checkpoints. */
  async clear(): Promise<void> {
    for (const epoch of await this.epochs()) await rm(this.#path(epoch));
  }

  async #tidy(): Promise<void> {
    for (const epoch of (await this.epochs()).slice(KEPT)) await rm(this.#path(epoch));
    for (const name of await this.#names()) if (UNFINISHED.test(name)) await rm(join(this.folder, name));
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.folder);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw cause;
    }
  }

  #path(epoch: number): string {
    return join(this.folder, `${epoch}.checkpoint`);
  }
}

interface Outcome {
  /** Gives the file its name. */
  readonly publish: () => Promise<void>;
  /** Takes the file away. */
  readonly remove: () => Promise<void>;
}

/** A checkpoint that is being written. */
export class CheckpointWriter {
  readonly #file: FileHandle;
  readonly #outcome: Outcome;
  #waiting = "";
  #lines = 0;
  #crc = 0;

  constructor(file: FileHandle, outcome: Outcome) {
    this.#file = file;
    this.#outcome = outcome;
  }

  /** True when enough has come together to be written. */
  get due(): boolean {
    return this.#waiting.length >= PIECE;
  }

  line(value: Header | Entry | OwnEntry): void {
    this.#waiting += `${JSON.stringify(value)}\n`;
    this.#lines++;
  }

  async write(): Promise<void> {
    const piece = Buffer.from(this.#waiting);
    this.#waiting = "";
    this.#crc = crc32(piece, this.#crc);
    await this.#file.appendFile(piece);
  }

  /** Everything is on the disk and has its name when it resolves. */
  async finish(): Promise<void> {
    await this.write();
    const last: Last = { entries: this.#lines - 1, crc: this.#crc };
    await this.#file.appendFile(`${JSON.stringify(last)}\n`);
    await this.#file.sync();
    await this.#file.close();
    await this.#outcome.publish();
  }

  /** Leaves nothing of it, so that a disk that was full is no fuller for it. */
  async abandon(): Promise<void> {
    await this.#file.close();
    await this.#outcome.remove();
  }
}
