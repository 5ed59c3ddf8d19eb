import { floatsFromText, floatsToText } from "../../streams/record/json.js";

/**
 * All numbers that a scorer remembers, in arrays handed out in a fixed order: who builds the same scorer over the saved
 * text gets the same arrays back, filled. So nothing that is remembered can be forgotten in a checkpoint, and NaN, -0 and
 * every digit survive.
 */
export class Memory {
  readonly #chunks: Float64Array[] = [];
  #saved: Float64Array | undefined;
  #taken = 0;

  /** `saved` is what `text` gave. */
  constructor(saved?: string) {
    if (saved !== undefined) this.#saved = floatsFromText(saved);
  }

  /** The next `length` numbers: zeros in a new scorer, what they were in a restored one. */
  take(length: number): Float64Array {
    const chunk = new Float64Array(length);
    if (this.#saved && this.#saved.length < this.#taken + length)
      throw new Error("what was remembered of a series is that of another version of this operator");
    if (this.#saved) chunk.set(this.#saved.subarray(this.#taken, this.#taken + length));
    this.#taken += length;
    if (this.#taken === this.#saved?.length) this.#saved = undefined;
    this.#chunks.push(chunk);
    return chunk;
  }

  text(): string {
    const all = new Float64Array(this.#taken);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return floatsToText(all);
  }
}
