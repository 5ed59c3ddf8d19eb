import { ConfigError, DisconnectedError } from "../../streams/component/errors.js";
import { Sqlite } from "./sqlite.js";

/** The version of the tables below, kept in the file. */
const VERSION = 1;

/*
 * A row is a record. Names are written once: printers have numbers, and so have shapes, the lists of field names that
 * occur together; `body` is the JSON list of the values in their order. Shape 0 is for records of shapes beyond counting:
 * their body is a JSON object. Without a rowid the table is its own index, ordered as it is read.
 */
const TABLES = `
  CREATE TABLE printers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, stored_at REAL NOT NULL) STRICT;
  CREATE TABLE shapes (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE records (
    printer INTEGER NOT NULL,
    time REAL NOT NULL,
    kind INTEGER NOT NULL,
    part TEXT NOT NULL,
    shape INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (printer, time, kind, part)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};
`;

/** Opens a history file and makes its tables where it is new. ConfigError for any file that is none we can work with. */
export function openFile(path: string): Sqlite {
  const sqlite = new Sqlite(path);
  try {
    prepare(sqlite);
    return sqlite;
  } catch (cause) {
    sqlite.close();
    // Before the run there is nothing to wait with: whoever starts it can mend this.
    if (!(cause instanceof DisconnectedError)) throw cause;
    throw new ConfigError(`${cause.message}; mend that, or set another STATE_DIR`, { cause });
  }
}

function prepare(sqlite: Sqlite): void {
  if (needsTables(sqlite)) {
    // Readers go on while a batch is written; a commit is a write to the page cache, which outlives the process.
    sqlite.pragma("journal_mode = WAL");
    // Another process may have been faster.
    sqlite.transaction(() => needsTables(sqlite) && sqlite.exec(TABLES));
  }
  sqlite.pragma("synchronous = NORMAL");
  // The page that the rows of a printer end on changes with every commit; seldom, it is carried over once for many.
  sqlite.pragma("wal_autocheckpoint = 4000");
  sqlite.pragma(`journal_size_limit = ${64 * 2 ** 20}`);
}

function needsTables(sqlite: Sqlite): boolean {
  const version = Number(sqlite.pragma("user_version"));
  if (version === VERSION) return false;
  if (version > VERSION) {
    throw new ConfigError(
      `${sqlite.path} was written by a newer version of this program (history ${version}, known is ${VERSION}); ` +
        "use that version, or move the file away",
    );
  }
  const [tables] = sqlite.prepare<[number]>("SELECT count(*) FROM sqlite_master").get([])!;
  if (tables > 0)
    throw new ConfigError(`${sqlite.path} is some other database; move it away, or set another STATE_DIR`);
  return true;
}
