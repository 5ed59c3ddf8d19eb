import type { JournalStream } from "../journal/journal.js";

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
  #grown = false;

  constructor(stream: JournalStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  /** @param own whether what this run took in counts too, and not only what was there when it was asked first */
  async look(own: boolean): Promise<(key: string, text: string) => boolean> {
    this.#asked = this.#now();
    if (!this.#known || (own && this.#grown)) {
      this.#grown = false;
      this.#known = await this.#load();
    }
    const known = this.#known;
    return (key, text) => known.has(entry(key, text));
  }

  /** The stream has grown. Costs nothing a record: what was taken in is read back when someone asks. */
  note(): void {
    this.#grown = true;
    if (this.#known && this.#now() - this.#asked > FORGET) this.#known = undefined;
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
