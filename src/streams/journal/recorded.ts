import type { ResourceKey } from "../component/context.js";
import type { JournalStream } from "./journal.js";

/** A stream of the journal as it stood when it was opened. */
export type RecordedStream = Pick<JournalStream, "name" | "partitions" | "begins" | "ends" | "read" | "committed">;

/** What was kept, to be read. A run that goes on meanwhile is not disturbed. */
export interface RecordedJournal {
  /** Names of all streams. */
  names(): Promise<readonly string[]>;
  /** Throws ConfigError where there is no such stream. @param as what the positions of its elements call it */
  open(name: string, as: string): Promise<RecordedStream>;
}

export const recordedJournal: ResourceKey<RecordedJournal> = {
  name: "journal",
  mend: "set STATE_DIR to the folder of the run that kept it",
};
