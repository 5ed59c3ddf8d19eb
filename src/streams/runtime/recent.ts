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
 * nothing until someone asks.
 */
export class Recent {
  readonly #stream: JournalStream;
  readonly #now: () => number;
  #known: Set<string> | undefined;
  #asked = -Infinity;

  constructor(stream: JournalStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  async look(): Promise<(key: string, text: string) => boolean> {
    this.#asked = this.#now();
    this.#known ??= await this.#load();
    const known = this.#known;
    return (key, text) => known.has(entry(key, text));
  }

  note(batch: Batch, texts: readonly string[]): void {
    if (!this.#known) return;
    if (this.#now() - this.#asked > FORGET) this.#known = undefined;
    else for (let i = 0; i < batch.length; i++) keep(this.#known, entry(batch[i]!.key, texts[i]!));
  }

  async #load(): Promise<Set<string>> {
    const known = new Set<string>();
    const begins = this.#stream.begins();
    const offsets = this.#stream.ends().map((end, i) => Math.max(begins[i]!, end - DEEP));
    for await (const { elements, texts } of this.#stream.read({ from: { offsets } }))
      for (let i = 0; i < elements.length; i++) keep(known, entry(elements[i]!.key, texts[i]!));
    return known;
  }
}

/** The journal stores white space between the parts of a value as spaces. */
function entry(key: string, text: string): string {
  return `${key}\t${text.replace(/[\t\r\n]/g, " ")}`;
}

function keep(known: Set<string>, text: string): void {
  known.add(text);
  if (known.size <= KEPT) return;
  for (const oldest of known) {
    known.delete(oldest);
    return;
  }
}
