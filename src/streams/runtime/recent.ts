import type { JournalStream } from "../journal/journal.js";
import type { Batch } from "../record/record.js";

/** More messages than any broker has under way to us. */
const KEPT = 16_384;
/** So many of each partition are looked through. */
const DEEP = 1_024;
/** After so many ms without a question nothing is kept in memory. */
const FORGET = 60_000;

/**
 * The texts that the journal took in last, for a source that is given some of them again: after a crash, or a broker's. Costs
 * nothing until someone asks, and little until someone asks about this run's own.
 */
export class Recent {
  readonly #stream: JournalStream;
  readonly #now: () => number;
  #known: Texts | undefined;
  /** What others took in before we did. */
  #others: Texts | undefined;
  /** Whether what is taken in now is added. */
  #own = false;
  #asked = -Infinity;

  constructor(stream: JournalStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  /** @param own whether what this run took in counts too, and not only what was there when it was asked first */
  async look(own: boolean): Promise<(key: string, text: string) => boolean> {
    this.#asked = this.#now();
    if (!this.#known || (own && !this.#own)) {
      this.#own = own;
      this.#known = await this.#load();
    }
    const [known, others] = [this.#known, this.#others];
    return (key, text) => known.has(entry(key, text)) || others?.has(entry(key, text)) === true;
  }

  /** Remembers what another instance took in, whose place we take: what it could not acknowledge comes to us. */
  addOthers(batch: Batch, texts: readonly string[]): void {
    this.#others ??= new Texts();
    for (let i = 0; i < batch.length; i++) this.#others.add(entry(batch[i]!.key, texts[i]!));
  }

  /** Takes note of what was just taken in. */
  note(batch: Batch, texts: readonly string[]): void {
    if (!this.#known) return;
    if (this.#now() - this.#asked > FORGET) {
      this.#known = this.#others = undefined;
      this.#own = false;
    } else if (this.#own) for (let i = 0; i < batch.length; i++) this.#known.add(entry(batch[i]!.key, texts[i]!));
  }

  async #load(): Promise<Texts> {
    const known = new Texts();
    const begins = this.#stream.begins();
    const offsets = this.#stream.ends().map((end, i) => Math.max(begins[i]!, end - DEEP));
    for await (const { elements, texts } of this.#stream.read({ from: { offsets } }))
      for (let i = 0; i < elements.length; i++) known.add(entry(elements[i]!.key, texts[i]!));
    return known;
  }
}

/** The journal stores white space between the parts of a value as spaces. */
function entry(key: string, text: string): string {
  return `${key}\t${text.replace(/[\t\r\n]/g, " ")}`;
}

/**
 * The newest of the texts that were added, so many at least and twice as many at most. In two halves, because taking the
 * oldest out of one set means to step over all that were taken out before.
 */
class Texts {
  #newer = new Set<string>();
  #older = new Set<string>();

  add(text: string): void {
    this.#newer.add(text);
    if (this.#newer.size < KEPT) return;
    this.#older = this.#newer;
    this.#newer = new Set();
  }

  has(text: string): boolean {
    return this.#newer.has(text) || this.#older.has(text);
  }
}
