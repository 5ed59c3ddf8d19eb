import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import type { Clock } from "../../streams/time/clock.js";
import { makeFolder } from "../../streams/component/folder.js";
import { History } from "./history.js";
import { openFile } from "./schema.js";
import type { HistoryStore } from "./store.js";

/**
 * Opens the history of a run, and makes the file and its folder where there is none. ConfigError, with what to do about
 * it, for a file that is damaged, locked, from a newer version or not ours.
 */
export function openHistory(path: string, clock: Clock): HistoryStore {
  try {
    makeFolder(dirname(path));
  } catch (cause) {
    throw new ConfigError(`cannot make the folder of ${path}: ${messageOf(cause)}; set another STATE_DIR`, { cause });
  }
  return new History(openFile(path), clock);
}

/** Opens the history to look into it, also while a run is writing. ConfigError where nothing was stored yet. */
export function openHistoryToRead(path: string, clock: Clock): HistoryStore {
  if (!existsSync(path)) {
    throw new ConfigError(`nothing is stored at ${path} yet; run a pipeline with a history sink, or set STATE_DIR`);
  }
  const sqlite = openFile(path);
  sqlite.pragma("query_only = 1");
  return new History(sqlite, clock);
}
