import { open } from "node:fs/promises";
import { dirname } from "node:path";
import Database from "libsql";
import { ConfigError, DisconnectedError, messageOf } from "../../streams/component/errors.js";
import { syncFolder } from "../../streams/component/folder.js";

/** What the driver may be given. It ends the process at a boolean, a Date or an object, so no one else talks to it. */
export type Bindable = number | string | null;

export interface Statement<Row extends readonly Bindable[]> {
  /** How many rows it changed. */
  run(parameters: readonly Bindable[]): number;
  all(parameters: readonly Bindable[]): Row[];
  get(parameters: readonly Bindable[]): Row | undefined;
}

/** How long a call waits, in ms, for another process to finish its writing. The program stands still meanwhile. */
const BUSY_TIMEOUT = 250;

/** Result codes of https://www.sqlite.org/rescode.html; the extended ones have them in their low byte. */
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** One SQLite file. Keeps the traps of its driver away from everyone else, and gives its errors their meaning. */
export class Sqlite {
  readonly #database: Database.Database;

  /** Makes the file where there is none. */
  constructor(readonly path: string) {
    try {
      this.#database = new Database(path);
    } catch (cause) {
      throw new ConfigError(`cannot open ${path}: ${messageOf(cause)}; is it a file that this program may write to?`, {
        cause,
      });
    }
    this.pragma(`busy_timeout = ${BUSY_TIMEOUT}`);
  }

  exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  /** Sets or asks a pragma; the value that it has then. */
  pragma(source: string): Bindable | undefined {
    return this.prepare<[Bindable]>(`PRAGMA ${source}`).get([])?.[0];
  }

  /** `Row` is what the columns of the statement are; nothing checks it. */
  prepare<Row extends readonly Bindable[] = never>(sql: string): Statement<Row> {
    const statement = this.#guard(() => this.#database.prepare<[readonly Bindable[]]>(sql));
    // As arrays: rows that are objects carry a field _metadata of the driver's own.
    if (statement.reader) statement.raw();
    return {
      run: (parameters) => this.#guard(() => statement.run(checked(parameters)).changes),
      all: (parameters) => this.#guard(() => statement.all(checked(parameters))) as Row[],
      get: (parameters) => this.#guard(() => statement.get(checked(parameters))) as Row | undefined,
    };
  }

  /** All of the work or none of it. Others may read meanwhile, not write. */
  transaction<T>(work: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.exec("COMMIT");
      return result;
    } catch (cause) {
      // A full disk has rolled it back already.
      if (this.#database.inTransaction) this.exec("ROLLBACK");
      throw cause;
    }
  }

  /**
   * Brings what was committed to the disk. A commit leaves it in the page cache: asked to sync each time, SQLite would take
   * longer for that than for the rows.
   */
  async sync(): Promise<void> {
    for (const path of [this.path, `${this.path}-wal`]) {
      const file = await open(path, "r+");
      try {
        await file.datasync();
      } finally {
        await file.close();
      }
    }
    await syncFolder(dirname(this.path));
  }

  close(): void {
    if (!this.#database.open) return;
    try {
      // The driver leaves this out: it keeps its statements, and with them the log, until they are collected.
      this.pragma("wal_checkpoint(TRUNCATE)");
    } catch (cause) {
      // A full disk or another process. The rows stay in the log, and whoever opens the file next finds them there.
      if (!(cause instanceof DisconnectedError || cause instanceof ConfigError)) throw cause;
    } finally {
      this.#database.close();
    }
  }

  #guard<T>(call: () => T): T {
    try {
      return call();
    } catch (cause) {
      throw meaningOf(cause, this.path);
    }
  }
}

/** NaN and the infinities would be stored as NULL, and a text ends at its first NUL. */
function checked(parameters: readonly Bindable[]): readonly Bindable[] {
  for (const value of parameters) {
    if (typeof value === "number" ? !Number.isFinite(value) : typeof value === "string" && value.includes("\0")) {
      throw new TypeError(`${typeof value === "string" ? JSON.stringify(value) : value} cannot be stored`);
    }
  }
  return parameters;
}

function meaningOf(cause: unknown, path: string): unknown {
  const { rawCode } = cause as { rawCode?: number };
  if (rawCode === undefined) return cause;
  switch (rawCode & 0xff) {
    case BUSY:
      return new DisconnectedError(`${path} is being written by another process`, { cause });
    case FULL:
      return new DisconnectedError(`no room left for ${path}; free some disk space`, { cause });
    case READONLY:
    case IOERR:
    case CANTOPEN:
      return new DisconnectedError(`cannot write ${path}: ${messageOf(cause)}`, { cause });
    case CORRUPT:
    case NOTADB:
      return new ConfigError(`${path} is damaged or no history; move it away, and a new one is made`, { cause });
    default:
      return cause;
  }
}
