import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../component/context.js";
import { messageOf } from "../../component/errors.js";
import { openEmbeddedStream, streamFolder } from "../../journal/embedded/open.js";
import type { EmbeddedStream } from "../../journal/embedded/stream.js";
import type { Chunk } from "../../journal/journal.js";
import type { Clock } from "../../time/clock.js";
import type { Page } from "../backlog.js";

export interface SpoolOptions {
  /** The folder of all spools. */
  readonly folder: string;
  readonly pipeline: string;
  readonly node: string;
  /** So many bytes at most. */
  readonly bytes: number;
  /** Beyond that: nothing more is taken, or the oldest are let go. */
  readonly overflow: "block" | "drop-oldest";
  readonly log: Log;
  readonly clock: Clock;
}

/** The one that reads the stream. */
const GROUP = "sink";
/** Pages have no key of their own. */
const KEY = "page";
const LARGEST_SEGMENT = 16 * 1024 * 1024;
/** Segments go one by one, so they must be small beside what is allowed. */
const SEGMENTS = 16;
/** What was written is of no use to anyone. The journal closes segments after an eighth of this, ms: less makes many small ones. */
const KEEP = 600_000;
/** A spool is for the end of this process. That a power cut takes no more than so many ms of it costs next to nothing. */
const SYNC_EVERY = 1_000;

/** A page as it lies on disk: how many records were put down before it, how many are on it, and what the backlog made of them. */
type Kept = readonly [before: number, count: number, content: unknown];

/** Records on disk that wait for a sink, in order. A stream of one partition whose elements are pages. */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #stream: EmbeddedStream;
  /** Records that were ever put down. */
  #total: number;
  /** Records that were ever read or lost. */
  #read: number;
  /** The page to read next. */
  #head: number;
  /** Pages that were read and not taken yet, with the records that are left of each. */
  readonly #out: { readonly offset: number; left: number }[] = [];
  #chunks: AsyncIterator<Chunk> | undefined;
  /** Where the pages of `#chunks` end. */
  #until = 0;
  #bytes: number;
  /** Called with how many records cannot be read any more. */
  onLost: (records: number) => void = () => undefined;

  private constructor(options: SpoolOptions, stream: EmbeddedStream, head: number, read: number, total: number) {
    this.#options = options;
    this.#stream = stream;
    this.#head = head;
    this.#read = read;
    this.#total = total;
    this.#bytes = stream.bytes;
  }

  /** Opens it with what an earlier run left. Throws ConfigError where another process has it or no folder can be made. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { pipeline, node, bytes, overflow, log, clock } = options;
    const folder = spoolFolder(options);
    const stream = await openEmbeddedStream({
      folder,
      name: node,
      as: `${pipeline}/${node}`,
      partitions: 1,
      // Segments come and go here all the time.
      log: { ...log, info: (message, fields) => log.debug(message, fields) },
      clock,
      segmentBytes: Math.min(LARGEST_SEGMENT, Math.floor(bytes / SEGMENTS)),
      syncEvery: SYNC_EVERY,
      // Where sources are to wait the journal lets nothing go: nothing more is put down.
      keep: { ms: KEEP, bytes: overflow === "block" ? Infinity : bytes },
    });
    const end = stream.ends()[0]!;
    const head = Math.max(stream.begins()[0]!, stream.committed(GROUP)?.[0] ?? 0);
    const first = head < end ? await pageAt(stream, head) : undefined;
    // Only where the last page is damaged are all of them looked at.
    const last = first && ((await pageAt(stream, end - 1)) ?? (await lastPage(stream, head)));
    // Without an offset of its reader nobody needs what will be put down, as far as the journal knows. A full disk refuses it:
    // then the first append tries again.
    if (!stream.committed(GROUP)) await stream.commit(GROUP, [head]).catch(() => undefined);
    const spool = new Spool(options, stream, head, first?.[0] ?? 0, last ? last[0] + last[1] : 0);
    if (spool.unread > 0) log.info("records of an earlier run wait on disk", { records: spool.unread });
    return spool;
  }

  /** Records on disk that were not read back yet. */
  get unread(): number {
    return this.#total - this.#read;
  }

  /** Records that are not written yet. */
  get kept(): number {
    return this.unread + this.#out.reduce((sum, { left }) => sum + left, 0);
  }

  /** What it takes on disk, with what was written already and is not removed yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it may grow. */
  get room(): boolean {
    return this.#options.overflow === "drop-oldest" || this.bytes < this.#options.bytes;
  }

  /**
   * Puts pages behind the others. When it returns they survive the end of this process. Throws JournalWriteError where they
   * do not; then none of them is there.
   * @param read they are being written already, and are the only ones
   */
  append(pages: readonly Page[], read = false): void {
    const { clock } = this.#options;
    const { name } = this.#stream;
    const from = this.#stream.ends()[0]!;
    let total = this.#total;
    const elements = pages.map((_, i) => {
      return { key: KEY, eventTime: 0, value: null, position: { stream: name, partition: 0, offset: from + i } };
    });
    const texts = pages.map(({ count, text }) => {
      const before = total;
      total += count;
      return `[${before},${count},${text}]`;
    });
    this.#stream.append(elements, texts, clock.now());
    this.#total = total;
    this.#bytes = this.#stream.bytes;
    if (read) {
      pages.forEach(({ count }, i) => this.#out.push({ offset: from + i, left: count }));
      this.#read = total;
      this.#head = from + pages.length;
    }
    if (!this.#stream.committed(GROUP)) this.#commit(this.#out[0]?.offset ?? this.#head);
  }

  /** Resolves when what was put down survives a power cut. Rejects where the disk says that it does not. */
  sync(): Promise<void> {
    return this.#stream.sync();
  }

  /** The content of the pages that come next, a handful; none where all that is left is beyond reading. */
  async read(): Promise<unknown[]> {
    while (this.unread > 0) {
      if (!this.#chunks) {
        this.#until = this.#stream.ends()[0]!;
        this.#chunks = this.#stream
          .read({ from: { offsets: [this.#head] } }, ({ reason }) =>
            this.#options.log.error("records on disk cannot be read", { reason }),
          )
          [Symbol.asyncIterator]();
      }
      const next = await this.#chunks.next();
      if (!next.done) return this.#take(next.value);
      this.#chunks = undefined;
      this.#head = Math.max(this.#head, this.#until);
      if (this.#head >= this.#stream.ends()[0]!) this.#lose(this.unread);
    }
    return [];
  }

  /** So many records, the oldest of those that were read, need not be kept any longer. */
  taken(records: number): void {
    let before: number | undefined;
    for (let left = records; left > 0;) {
      const page = this.#out[0]!;
      const part = Math.min(left, page.left);
      left -= part;
      page.left -= part;
      if (page.left > 0) break;
      this.#out.shift();
      before = page.offset + 1;
    }
    if (before !== undefined) this.#commit(before);
  }

  /** Puts what waits here behind what waits there, and says how many records that were. */
  async moveTo(other: Spool): Promise<number> {
    let moved = 0;
    while (this.unread > 0) {
      const known = this.#out.length;
      const contents = await this.read();
      const counts = this.#out.slice(known).map(({ left }) => left);
      other.append(contents.map((content, i) => ({ count: counts[i]!, text: JSON.stringify(content) })));
      const records = counts.reduce((sum, count) => sum + count, 0);
      this.taken(records);
      moved += records;
    }
    return moved;
  }

  #commit(offset: number): void {
    const { log, clock } = this.#options;
    this.#stream.commit(GROUP, [offset]).then(
      () => {
        // As if it were old enough: what was written must not take the place of what waits.
        this.#stream.retain(clock.now() + KEEP);
        this.#bytes = this.#stream.bytes;
      },
      (cause: unknown) =>
        log.warn("how far the records on disk are written is not kept: some may be written again", {
          reason: messageOf(cause),
        }),
    );
  }

  /** What was not taken waits for the next run. */
  async close(): Promise<void> {
    await this.#chunks?.return?.();
    const done = this.unread === 0 && this.#out.length === 0;
    await this.#stream.close();
    if (done) rmSync(streamFolder(spoolFolder(this.#options), this.#stream.name), { recursive: true, force: true });
  }

  #take({ elements }: Chunk): unknown[] {
    const contents: unknown[] = [];
    for (const { position, value } of elements) {
      // A page that cannot be read leaves a mark in its place.
      if (value === undefined) continue;
      const [before, count, content] = value as Kept;
      this.#lose(before - this.#read);
      this.#read = before + count;
      this.#head = position.offset + 1;
      this.#out.push({ offset: position.offset, left: count });
      contents.push(content);
    }
    return contents;
  }

  #lose(records: number): void {
    if (records <= 0) return;
    this.#read += records;
    this.onLost(records);
  }
}

/** Where the spools of a pipeline lie. */
export function spoolFolder({ folder, pipeline }: Pick<SpoolOptions, "folder" | "pipeline">): string {
  return join(folder, encodeURIComponent(pipeline).replace(/^\./, "%2E"));
}

async function pageAt(stream: EmbeddedStream, offset: number): Promise<Kept | undefined> {
  for await (const { elements } of stream.read({ from: { offsets: [offset] } })) {
    for (const { value } of elements) if (value !== undefined) return value as Kept;
  }
  return undefined;
}

async function lastPage(stream: EmbeddedStream, from: number): Promise<Kept | undefined> {
  let last: Kept | undefined;
  for await (const { elements } of stream.read({ from: { offsets: [from] } })) {
    for (const { value } of elements) if (value !== undefined) last = value as Kept;
  }
  return last;
}
