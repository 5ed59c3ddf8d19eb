import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, DisconnectedError } from "../../streams/component/errors.js";
import { contextFor } from "../../streams/contract/context.js";
import { openHistory, openHistoryToRead } from "./open.js";
import { Sqlite } from "./sqlite.js";

const { clock } = contextFor();
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "history-"));
  path = join(folder, "history.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Does something to the file as another program would. */
function change(sql: string): void {
  const sqlite = new Sqlite(path);
  sqlite.exec(sql);
  sqlite.close();
}
const reading = (time: number) => ({
  printer: "a",
  time,
  kind: "reading" as const,
  part: "",
  fields: { roughness: 1 },
});

describe("openHistory", () => {
  it("makes folder and file, and finds them again", () => {
    path = join(folder, "new", "deep", "history.db");
    const first = openHistory(path, clock);
    first.write([reading(1)]);
    first.close();
    const second = openHistory(path, clock);
    expect([...second.query({ printer: "a" })]).toEqual([reading(1)]);
    second.close();
    second.close();
  });

  it("says of a damaged file that it should be moved away, and leaves it alone", () => {
    writeFileSync(path, "no database at all. ".repeat(500));
    expect(() => openHistory(path, clock)).toThrow(ConfigError);
    expect(() => openHistory(path, clock)).toThrow(/history\.db is damaged or no history; move it away/);
    expect(readFileSync(path, "utf8")).toMatch(/^no database/);
  });

  it("says of a file with a damaged page that it should be moved away", () => {
    const store = openHistory(path, clock);
    store.write(Array.from({ length: 2000 }, (_, i) => reading(i)));
    store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096);
    writeFileSync(path, bytes);
    expect(() => {
      const damaged = openHistory(path, clock);
      try {
        damaged.write([reading(3000)]);
      } finally {
        damaged.close();
      }
    }).toThrow(/is damaged/);
  });

  it("does not touch the file of a newer version or of another program", () => {
    change("PRAGMA user_version = 99");
    expect(() => openHistory(path, clock)).toThrow(/newer version of this program \(history 99, known is 1\)/);
    change("PRAGMA user_version = 0; CREATE TABLE other (a)");
    expect(() => openHistory(path, clock)).toThrow(/is some other database/);
  });

  it("refuses a folder, and a place below a file", () => {
    mkdirSync(path);
    expect(() => openHistory(path, clock)).toThrow(/cannot open .*is it a file that this program may write to/);
    writeFileSync(join(folder, "file"), "");
    expect(() => openHistory(join(folder, "file", "history.db"), clock)).toThrow(/set another STATE_DIR/);
  });

  it("says that another process holds the file", () => {
    const other = new Sqlite(path);
    other.exec("BEGIN EXCLUSIVE");
    expect(() => openHistory(path, clock)).toThrow(
      /being written by another process; mend that, or set another STATE_DIR/,
    );
    other.exec("ROLLBACK");
    other.close();
  });

  it("waits for another process that is writing", () => {
    const store = openHistory(path, clock);
    const other = new Sqlite(path);
    other.exec("BEGIN IMMEDIATE");
    expect(() => store.write([reading(1)])).toThrow(DisconnectedError);
    other.exec("COMMIT");
    store.write([reading(1)]);
    expect([...store.query({ printer: "a" })]).toHaveLength(1);
    other.close();
    store.close();
  });
});

describe("openHistoryToRead", () => {
  it("says that there is nothing where nothing was stored, and makes nothing", () => {
    expect(() => openHistoryToRead(path, clock)).toThrow(/nothing is stored at .*history\.db yet/);
    expect(() => readFileSync(path)).toThrow();
  });

  it("can be read by another process in the middle of a write", () => {
    const store = openHistory(path, clock);
    store.write([reading(1), reading(2)]);
    const writing = new Sqlite(path);
    writing.exec("BEGIN IMMEDIATE; DELETE FROM records");
    const count = execFileSync(process.execPath, [
      "-e",
      "const Database = require('libsql');" +
        "console.log(new Database(process.argv[1]).prepare('SELECT count(*) FROM records').raw().get([])[0])",
      path,
    ]);
    expect(count.toString().trim()).toBe("2");
    writing.exec("ROLLBACK");
    writing.close();
    store.close();
  });
});
