import { setImmediate } from "node:timers";
import type { Log } from "../../streams/component/context.js";
import { messageOf } from "../../streams/component/errors.js";
import type { JournalStream } from "../../streams/journal/journal.js";
import type { Element } from "../../streams/record/record.js";
import type { DeadLetter, LetterBox } from "../../streams/runtime/dead-letters.js";
import type { Cancel, Clock } from "../../streams/time/clock.js";
import { storedLetter } from "./letter.js";

/** So many characters wait for the disk; beyond that letters are counted and let go. */
const WAITING = 16 * 1024 * 1024;
/** One append takes so many characters, and one letter at least. */
const APPEND = 1024 * 1024;
/** After a failure the disk is asked again no sooner than this, ms. */
const PAUSE = 1_000;

export interface DeadLetterJournalOptions {
  readonly stream: JournalStream;
  readonly clock: Clock;
  readonly log: Log;
  /** How often the letter of an id was retried already. */
  readonly retries?: (id: string) => number;
}

interface Waiting {
  readonly key: string;
  /** ms since the epoch */
  readonly at: number;
  readonly text: string;
}

/**
 * Appends dead letters to a stream of the journal, many at once: when it is told to, and at the latest in the next turn.
 * While the disk refuses, letters wait in memory; what does not fit there is counted and let go.
 */
export class DeadLetterJournal implements LetterBox {
  readonly #options: DeadLetterJournalOptions;
  #waiting: Waiting[] = [];
  #characters = 0;
  #lost = 0;
  #scheduled = false;
  #unsynced = false;
  #closed = false;
  /** Asks the disk again; set while it refuses. */
  #again: Cancel | undefined;

  constructor(options: DeadLetterJournalOptions) {
    this.#options = options;
  }

  add(letter: DeadLetter): void {
    // The write of a run that did not wait for its end.
    if (this.#closed) return;
    const { clock, retries } = this.#options;
    const at = clock.now();
    const text = JSON.stringify(storedLetter(letter, at, retries));
    if (this.#characters + text.length > WAITING) {
      this.#lost++;
      return;
    }
    this.#waiting.push({ key: letter.key ?? letter.pipeline, at, text });
    this.#characters += text.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.write();
    });
  }

  write(): void {
    if (this.#waiting.length > 0 && !this.#again && !this.#closed) this.#write();
  }

  async sync(): Promise<void> {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    try {
      await this.#options.stream.sync();
    } catch (cause) {
      this.#options.log.error("dead letters may not survive a power cut", { cause: messageOf(cause) });
    }
  }

  /** Resolves when everything is in the stream, or has been tried a last time. */
  async close(): Promise<void> {
    const { stream, log } = this.#options;
    this.#again?.();
    if (this.#waiting.length > 0) this.#write();
    this.#again?.();
    this.#closed = true;
    const unwritten = this.#waiting.length + this.#lost;
    if (unwritten > 0) log.error("dead letters were not written", { letters: unwritten });
    try {
      await stream.close();
    } catch (cause) {
      log.error("dead letters may not survive a power cut", { cause: messageOf(cause) });
    }
  }

  #write(): void {
    const { log, clock } = this.#options;
    try {
      while (this.#waiting.length > 0) this.#append();
      if (this.#again) log.info("dead letters are written again", { lost: this.#lost });
      this.#again = undefined;
    } catch (cause) {
      if (!this.#again) log.error("dead letters cannot be written, they wait in memory", { cause: messageOf(cause) });
      this.#again = clock.after(PAUSE, () => this.#write());
    }
  }

  #append(): void {
    const { stream, clock } = this.#options;
    const first = stream.ends()[0]!;
    const elements: Element[] = [];
    const texts: string[] = [];
    let characters = 0;
    for (const { key, at, text } of this.#waiting) {
      if (texts.length > 0 && characters + text.length > APPEND) break;
      characters += text.length;
      const position = { stream: stream.name, partition: 0, offset: first + texts.length };
      // What stands in the stream is the text; the element says no more than that there is a record.
      elements.push({ key, eventTime: at, value: null, position });
      texts.push(text);
    }
    stream.append(elements, texts, clock.now());
    this.#unsynced = true;
    this.#waiting = this.#waiting.slice(texts.length);
    this.#characters -= characters;
  }
}
