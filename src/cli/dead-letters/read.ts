import { viewEmbeddedStream } from "../../streams/journal/embedded/view.js";
import type { StoredLetter } from "./letter.js";
import { STREAM } from "./stream.js";

/**
 * All letters that are kept, in the order in which they were put aside, each once. Streams: they may be many. A run may go on
 * meanwhile.
 *
 * @param folder that of the journal
 */
export async function* readLetters(folder: string): AsyncGenerator<StoredLetter> {
  const view = await viewEmbeddedStream(folder, STREAM);
  if (!view) return;
  // A restart that works through the journal puts the same aside once more.
  const seen = new Set<string>();
  for await (const { elements } of view.read({ from: { offsets: view.begins() } })) {
    for (const { value } of elements) {
      const letter = value as StoredLetter | undefined;
      if (letter === undefined || seen.has(letter.id)) continue;
      seen.add(letter.id);
      yield letter;
    }
  }
}
