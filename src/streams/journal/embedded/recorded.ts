import { readdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { ConfigError } from "../../component/errors.js";
import { didYouMean } from "../../component/suggest.js";
import type { RecordedJournal, RecordedStream } from "../recorded.js";
import { Groups } from "./groups.js";
import { Keys } from "./keys.js";
import { streamFolder } from "./open.js";
import { readChunks } from "./read.js";
import { listSegments } from "./segment.js";
import { findEnd } from "./walk.js";

/** The journal in a folder, to be read and nothing else: takes no lock, and cuts nothing off. */
export function recordedIn(folder: string): RecordedJournal {
  const names = async (): Promise<readonly string[]> =>
    existsSync(folder) ? (await readdir(folder)).map((name) => decodeURIComponent(name)).sort() : [];
  return {
    names,
    async open(name, as) {
      const stream = await openRecorded(folder, name, as);
      if (stream) return stream;
      const known = await names();
      const hint = didYouMean(name, known) || (known.length > 0 ? ` There are: ${known.join(", ")}.` : "");
      throw new ConfigError(`there is no stream "${name}" in ${folder}.${hint}`);
    },
  };
}

async function openRecorded(folder: string, name: string, as: string): Promise<RecordedStream | undefined> {
  const path = streamFolder(folder, name);
  const segments = existsSync(path) ? await listSegments(path) : [];
  const header = segments.find((segment) => segment.header)?.header;
  if (!header) return undefined;
  const { partitions } = header;
  const keys = new Keys(partitions);
  const state = await findEnd(segments, keys, partitions);
  return {
    name,
    partitions,
    begins: () => [...header.first],
    ends: () => [...state.ends],
    committed: (group) => new Groups(path, partitions).all().get(group),
    read: (options, gap = () => undefined) => readChunks(state, { ...options, gap, stream: as, keys }),
  };
}
