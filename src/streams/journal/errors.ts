import { FatalError } from "../component/errors.js";

/** The journal could not keep what it was given. Nothing of that append is there, and it may be tried again. */
export class JournalWriteError extends Error {
  override readonly name = "JournalWriteError";
}

/** What was appended may not survive a power cut. Stays so until the stream is opened anew. */
export class JournalSyncError extends FatalError {}
