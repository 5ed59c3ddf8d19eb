import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import type { Log } from "../../component/context.js";
import { messageOf } from "../../component/errors.js";
import type { Cancel, Clock } from "../../time/clock.js";
import { JournalSyncError, JournalWriteError } from "../errors.js";
import type { Offsets } from "../journal.js";
import { FrameBuffer } from "./frame-buffer.js";
import { type Header, type Segment, segmentPath, writeHeader } from "./segment.js";

const syncFile = promisify(fdatasync);

export interface WriterOptions {
  readonly folder: string;
  readonly log: Log;
  /** All segments but for their places what a new one says of itself. */
  readonly header: Omit<Header, "created" | "first">;
  readonly clock: Clock;
  /** A segment that has reached so many bytes is closed. */
  readonly segmentBytes: number;
  /** No longer than so many ms after an append all is brought to the disk, whoever asks for it. */
  readonly syncEvery: number;
}

interface OpenSegment {
  readonly segment: Segment;
  readonly file: number;
}

/** Writes frames behind each other, and begins a new segment when one is full. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #segments: Segment[];
  readonly #headers = new FrameBuffer();
  #current: OpenSegment | undefined;
  /** Full segments that have yet to be synced and closed. */
  #full: OpenSegment[] = [];
  #syncing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #unsynced = false;
  #ended = false;
  #failure: JournalSyncError | undefined;
  /** Calls the sync off that is due next. */
  #cancel: Cancel | undefined;

  constructor(options: WriterOptions, segments: Segment[]) {
    this.#options = options;
    this.#segments = segments;
    const last = segments.at(-1);
    if (last) this.#current = { segment: last, file: openSync(last.path, "r+") };
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Undefined where the first segment does not say. */
  get begins(): Offsets | undefined {
    return this.#segments[0]?.header?.first;
  }

  /** All of the frame, or nothing and a JournalWriteError. */
  write(frame: Uint8Array, ends: Float64Array, arrived: number): void {
    let current = this.#current;
    try {
      if (!current || this.#ended || current.segment.size >= this.#options.segmentBytes)
        current = this.#roll(ends, arrived);
      put(current, frame);
    } catch (cause) {
      const { folder, header } = this.#options;
      throw new JournalWriteError(
        `the journal of "${header.name}" in ${folder} cannot be written: ${messageOf(cause)}`,
        { cause },
      );
    }
    this.#unsynced = true;
    this.#cancel ??= this.#options.clock.after(this.#options.syncEvery, () => {
      this.#cancel = undefined;
      this.#syncBehind();
    });
  }

  /** Whether all that was written survives a power cut. */
  get synced(): boolean {
    return !this.#unsynced && !this.#syncing && !this.#failure;
  }

  /** The next frame begins a new segment. */
  endSegment(): void {
    this.#ended = true;
  }

  /** Calls that come while the disk is busy wait for one more sync, all of them for the same. */
  sync(): Promise<void> {
    if (!this.#syncing) return this.#begin();
    this.#next ??= this.#syncing.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  async close(): Promise<void> {
    this.#cancel?.();
    try {
      if (this.#unsynced || this.#syncing) await this.sync();
    } finally {
      for (const { file } of [...this.#full, ...(this.#current ? [this.#current] : [])]) closeSync(file);
      this.#full = [];
      this.#current = undefined;
    }
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    this.#syncing = this.#sync().finally(() => (this.#syncing = undefined));
    return this.#syncing;
  }

  #syncBehind(): void {
    // Said once: it stays so.
    if (this.#failure || !this.#unsynced) return;
    this.sync().catch((cause: unknown) =>
      this.#options.log.error("the journal cannot be brought to the disk", { cause: messageOf(cause) }),
    );
  }

  async #sync(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (!this.#unsynced) return;
    this.#unsynced = false;
    const full = this.#full;
    this.#full = [];
    try {
      for (const { file } of full) {
        await syncFile(file);
        closeSync(file);
      }
      if (this.#current) await syncFile(this.#current.file);
    } catch (cause) {
      // What the disk has refused once it may report as written the next time (fsync(2) drops such pages on Linux).
      const { folder, header } = this.#options;
      this.#failure = new JournalSyncError(
        `the journal of "${header.name}" in ${folder} may not survive a power cut: ${messageOf(cause)}`,
        { cause },
      );
      throw this.#failure;
    }
  }

  #roll(ends: Float64Array, arrived: number): OpenSegment {
    const { folder, header } = this.#options;
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const own = { ...header, created: arrived, first: [...ends] };
    const segment: Segment = { path: segmentPath(folder, number), number, header: own, size: 0 };
    const opened = { segment, file: openSync(segment.path, "wx") };
    try {
      put(opened, writeHeader(this.#headers, own));
      syncFolder(folder);
    } catch (cause) {
      closeSync(opened.file);
      unlinkSync(segment.path);
      throw cause;
    }
    if (this.#current) this.#full.push(this.#current);
    this.#segments.push(segment);
    this.#current = opened;
    this.#ended = false;
    return opened;
  }
}

function put({ segment, file }: OpenSegment, frame: Uint8Array): void {
  const { size } = segment;
  try {
    for (let done = 0; done < frame.length;) done += writeSync(file, frame, done, frame.length - done, size + done);
  } catch (cause) {
    // Where even this fails, the next frame is written over what stands there, and on opening it is no frame.
    try {
      ftruncateSync(file, size);
    } catch {}
    throw cause;
  }
  segment.size = size + frame.length;
}

/** A file is only sure to be found after a power cut when its folder has been written too. */
function syncFolder(folder: string): void {
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
