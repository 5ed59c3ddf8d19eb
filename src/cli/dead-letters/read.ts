import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { FILES } from "./file.js";
import type { StoredLetter } from "./letter.js";

/** All letters that are kept, in the order in which they were put aside, each once. Streams: the files may be large. */
export async function* readLetters(folder: string): AsyncGenerator<StoredLetter> {
  // A write that was repeated after a failure repeats the ids.
  const seen = new Set<string>();
  for (const name of [FILES.earlier, FILES.current]) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const letter = parse(line);
      if (!letter || seen.has(letter.id)) continue;
      seen.add(letter.id);
      yield letter;
    }
  }
}

/** Undefined for half a line, which a process that was killed may leave. */
function parse(line: string): StoredLetter | undefined {
  try {
    const value = JSON.parse(line) as Partial<StoredLetter> | null;
    return typeof value?.id === "string" ? (value as StoredLetter) : undefined;
  } catch {
    return undefined;
  }
}
