import { StreamAround } from "../../streams/journal/around.js";
import type { Written } from "../../streams/journal/embedded/segment.js";
import type { EmbeddedStream } from "../../streams/journal/embedded/stream.js";
import type { Element } from "../../streams/record/record.js";

/** A stream that tells of what is appended, and leaves it to others to say what is needed no more. */
export class GrowingStream extends StreamAround {
  readonly #stream: EmbeddedStream;
  readonly #grown: (written: Written) => void;

  constructor(stream: EmbeddedStream, grown: (written: Written) => void) {
    super(stream);
    this.#stream = stream;
    this.#grown = grown;
  }

  override append(elements: readonly Element[], texts: readonly string[], arrived: number): void {
    super.append(elements, texts, arrived);
    const { written } = this.#stream;
    if (written) this.#grown(written);
  }

  /** Workers read what the sources give: only they know what is done with. */
  override commit(): Promise<void> {
    return Promise.resolve();
  }
}
