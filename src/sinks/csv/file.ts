import { open, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { parse } from "csv-parse/sync";
import { makeFolder } from "../../streams/component/folder.js";
import { ConfigError, DisconnectedError, messageOf } from "../../streams/component/errors.js";

const LONGEST_HEADER = 1 << 16;

/** A text file that grows by whole pieces: a piece that could not be written in full is taken back. */
export class GrowingFile {
  readonly #path: string;
  #handle: FileHandle;
  #length: number;

  private constructor(path: string, handle: FileHandle, length: number) {
    this.#path = path;
    this.#handle = handle;
    this.#length = length;
  }

  /** Opens a file to write on, with its folder if need be. Throws ConfigError where that cannot be. */
  static async open(path: string, { replace }: { readonly replace: boolean }): Promise<GrowingFile> {
    try {
      makeFolder(dirname(path));
      const handle = await open(path, replace ? "w+" : "a+");
      return new GrowingFile(path, handle, (await handle.stat()).size);
    } catch (cause) {
      throw new ConfigError(`cannot write ${path}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Bytes. */
  get size(): number {
    return this.#length;
  }

  /** Takes back what was written behind so many bytes. */
  async cutTo(bytes: number): Promise<void> {
    if (this.#length <= bytes) return;
    await this.#handle.truncate(bytes);
    this.#length = bytes;
  }

  /** The columns that its first line names. */
  async header(): Promise<readonly string[]> {
    const start = Buffer.alloc(Math.min(LONGEST_HEADER, this.#length));
    await this.#handle.read(start, 0, start.length, 0);
    try {
      return parse(start, { to: 1, bom: true, relax_column_count: true })[0] ?? [];
    } catch (cause) {
      throw new ConfigError(`${this.#path} is there and is no CSV file: choose another, or set replace: true`, {
        cause,
      });
    }
  }

  /** Ends a last line that a crash cut short, so that it spoils no other. */
  async endLine(): Promise<void> {
    const last = Buffer.alloc(1);
    await this.#handle.read(last, 0, 1, this.#length - 1);
    if (last[0] !== 10) await this.append("\n");
  }

  async append(text: string): Promise<void> {
    try {
      await this.#handle.appendFile(text);
    } catch (cause) {
      await this.#handle.truncate(this.#length);
      throw new DisconnectedError(`cannot write ${this.#path}: ${messageOf(cause)}`, { cause });
    }
    this.#length += Buffer.byteLength(text);
  }

  /** Puts other text in the place of all that was written: all of it, or in a crash nothing. */
  async rewrite(text: string): Promise<void> {
    const beside = `${this.#path}.new`;
    try {
      const next = await open(beside, "w+");
      try {
        await next.appendFile(text);
        await next.datasync();
        await rename(beside, this.#path);
      } catch (cause) {
        await next.close();
        throw cause;
      }
      await this.#handle.close();
      this.#handle = next;
    } catch (cause) {
      throw new DisconnectedError(`cannot write ${this.#path}: ${messageOf(cause)}`, { cause });
    }
    this.#length = Buffer.byteLength(text);
  }

  /** Resolves when what was written survives a power cut. */
  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
