import { closeSync, openSync, unlinkSync } from "node:fs";
import { unlink } from "node:fs/promises";
import type { Log } from "../../component/context.js";
import { messageOf } from "../../component/errors.js";
import { syncFolder } from "../../component/folder.js";
import type { Cancel, Clock } from "../../time/clock.js";
import { JournalSyncError, JournalWriteError } from "../errors.js";
import type { Offsets } from "../journal.js";
import { FrameBuffer } from "./frame-buffer.js";
import { GroupSync } from "./group-sync.js";
import type { Groups } from "./groups.js";
import { isNeeded, type Keep, verdictOn } from "./retention.js";
import { type OpenSegment, put, syncFile } from "./segment-file.js";
import { type Header, type Segment, segmentPath, writeHeader } from "./segment.js";

export interface WriterOptions {
  readonly folder: string;
  readonly log: Log;
  readonly clock: Clock;
  /** What a new segment says of itself, but for its place. */
  readonly header: Omit<Header, "created" | "first">;
  readonly groups: Groups;
  /** A segment that has reached so many bytes is closed. */
  readonly segmentBytes: number;
  readonly keep: Keep;
  /** No longer than so many ms after an append all is brought to the disk, whoever asks for it. */
  readonly syncEvery: number;
}

/** A segment is closed after this part of the time that segments are kept, however small it is: else it would never go. */
const SHARE_OF_AGE = 1 / 8;

/** Writes frames behind each other, begins a new segment when one is full, and lets the oldest go. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #segments: Segment[];
  readonly #headers = new FrameBuffer();
  #current: OpenSegment | undefined;
  #ended = false;
  #closed = false;
  /** Full segments that have yet to be synced and closed. */
  #full: OpenSegment[] = [];
  readonly #removing = new Set<Promise<void>>();
  readonly #syncs = new GroupSync(() => this.#sync());
  #unsynced = false;
  /** Whether the folder knows the current segment, as far as the disk is concerned. */
  #listed = true;
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

  /** Undefined where there is no segment. */
  get begins(): Offsets | undefined {
    return this.#segments[0]?.header?.first;
  }

  /** Whether all that was written survives a power cut. */
  get synced(): boolean {
    return !this.#unsynced && !this.#syncs.busy && !this.#failure;
  }

  /** All of the frame, or nothing and a JournalWriteError. */
  write(frame: Uint8Array, ends: Float64Array, arrived: number): void {
    // The folder may be another process's by now.
    if (this.#closed) throw new Error(`the journal of "${this.#options.header.name}" has been closed`);
    for (;;) {
      try {
        put(this.#openFor(ends, arrived), frame);
        break;
      } catch (cause) {
        if (isFull(cause) && this.#giveUpOldest()) continue;
        const { folder, header } = this.#options;
        throw new JournalWriteError(
          `the journal of "${header.name}" in ${folder} cannot be written: ${messageOf(cause)}`,
          { cause },
        );
      }
    }
    this.#unsynced = true;
    this.#cancel ??= this.#options.clock.after(this.#options.syncEvery, () => {
      this.#cancel = undefined;
      this.#syncBehind();
    });
  }

  /** The next frame begins a new segment. */
  endSegment(): void {
    this.#ended = true;
  }

  /** Resolves when all that was written so far survives a power cut. */
  sync(): Promise<void> {
    return this.#syncs.ask();
  }

  /** Lets segments go that are too old or too many. */
  retain(now: number): void {
    const { groups, keep, log } = this.#options;
    for (;;) {
      const verdict = verdictOn(this.#segments, groups.all(), keep, now);
      if (!verdict) return;
      const { path, size } = this.#segments.shift()!;
      if (verdict === "forced") {
        log.error("the journal is larger than it may be: what a group has yet to read is let go", {
          segment: path,
          size,
        });
      } else log.info("the oldest segment of the journal is let go", { segment: path, size });
      // Behind the back: letting go of 64 MiB takes tens of ms.
      const removed = unlink(path)
        .catch((cause: unknown) => log.warn("a segment of the journal cannot be removed", { cause: messageOf(cause) }))
        .finally(() => this.#removing.delete(removed));
      this.#removing.add(removed);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    try {
      if (this.#unsynced || this.#syncs.busy) await this.sync();
    } finally {
      for (const { file } of [...this.#full, ...(this.#current ? [this.#current] : [])]) closeSync(file);
      this.#full = [];
      this.#current = undefined;
      await Promise.all(this.#removing);
    }
  }

  #openFor(ends: Float64Array, arrived: number): OpenSegment {
    const current = this.#current;
    const { segmentBytes, keep } = this.#options;
    if (!current) return this.#roll(ends, arrived);
    const { size, header } = current.segment;
    const old = header !== undefined && arrived - header.created >= keep.ms * SHARE_OF_AGE;
    if (!old && !this.#ended && size < segmentBytes) return current;
    const opened = this.#roll(ends, arrived);
    this.retain(arrived);
    return opened;
  }

  #roll(ends: Float64Array, arrived: number): OpenSegment {
    const { folder, header } = this.#options;
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const own = { ...header, created: arrived, first: [...ends] };
    const segment: Segment = { path: segmentPath(folder, number), number, header: own, size: 0 };
    const opened = { segment, file: openSync(segment.path, "w") };
    try {
      put(opened, writeHeader(this.#headers, own));
    } catch (cause) {
      closeSync(opened.file);
      unlinkSync(segment.path);
      throw cause;
    }
    if (this.#current) this.#full.push(this.#current);
    this.#segments.push(segment);
    this.#current = opened;
    this.#listed = false;
    this.#ended = false;
    return opened;
  }

  /** Makes room on a full disk where no group of consumers loses by it. False where there is nothing to give up. */
  #giveUpOldest(): boolean {
    const { groups, log } = this.#options;
    const known = groups.all();
    // Without a group nobody has said what is done with.
    if (this.#segments.length < 2 || known.size === 0 || isNeeded(this.#segments, known)) return false;
    const { path, size } = this.#segments.shift()!;
    unlinkSync(path);
    // An open file keeps its room.
    for (const { file } of this.#full.filter(({ segment }) => segment.path === path)) closeSync(file);
    this.#full = this.#full.filter(({ segment }) => segment.path !== path);
    log.error("the disk is full: the oldest segment of the journal is given up", { segment: path, size });
    return true;
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
    // Another may be begun while the disk is busy.
    const current = this.#current;
    try {
      if (!this.#listed) await syncFolder(this.#options.folder);
      this.#listed = true;
      for (const { file } of full) await syncFile(file);
      if (current) await syncFile(current.file);
    } catch (cause) {
      // What the disk has refused once it may report as written the next time (fsync(2) drops such pages on Linux).
      const { folder, header } = this.#options;
      this.#failure = new JournalSyncError(
        `the journal of "${header.name}" in ${folder} may not survive a power cut: ${messageOf(cause)}; ` +
          "mend the disk, then start again",
        { cause },
      );
      throw this.#failure;
    } finally {
      for (const { file } of full) closeSync(file);
    }
  }
}

function isFull(cause: unknown): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}
