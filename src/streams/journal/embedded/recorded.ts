import { ConfigError } from "../../component/errors.js";
import { didYouMean } from "../../component/suggest.js";
import type { RecordedJournal } from "../recorded.js";
import { streamNames, viewEmbeddedStream } from "./view.js";

/** The journal in a folder, to be read and nothing else: takes no lock, and cuts nothing off. */
export function recordedIn(folder: string): RecordedJournal {
  return {
    names: () => Promise.resolve(streamNames(folder)),
    async open(name, as) {
      const stream = await viewEmbeddedStream(folder, name, as);
      if (stream) return stream;
      const known = streamNames(folder);
      const hint = didYouMean(name, known) || (known.length > 0 ? ` There are: ${known.join(", ")}.` : "");
      throw new ConfigError(`there is no stream "${name}" in ${folder}.${hint}`);
    },
  };
}
