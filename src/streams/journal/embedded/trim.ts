import { unlinkSync } from "node:fs";
import { ConfigError } from "../../component/errors.js";
import { Groups } from "./groups.js";
import { lock } from "./lock.js";
import { streamFolder } from "./open.js";
import { isNeeded } from "./retention.js";
import { listSegments, type Segment } from "./segment.js";

export interface Trimmed {
  readonly segments: number;
  readonly bytes: number;
  /** When the first that is still kept arrived, ms since the epoch; undefined where nothing tells. */
  readonly oldest: number | undefined;
}

/**
 * Lets go of the segments in which all arrived before a time; the newest stays. Throws ConfigError while a process has the
 * stream open, and where a group has yet to read something of it, unless forced: then it has let go of nothing.
 *
 * @param folder the folder of all streams
 * @param before ms since the epoch
 */
export async function trimEmbeddedStream(
  folder: string,
  name: string,
  { before, force }: { readonly before: number; readonly force: boolean },
): Promise<Trimmed> {
  const own = streamFolder(folder, name);
  const unlock = lock(own);
  try {
    const segments = await listSegments(own);
    const kept = segments.findIndex((_, i) => {
      const next = segments[i + 1];
      // Without the header of the next one nobody knows how old this one is.
      return !next?.header || next.header.created > before;
    });
    const gone = segments.slice(0, Math.max(kept, 0));
    const last = segments.slice(gone.length - 1, gone.length + 1);
    if (!force && gone.length > 0) refuseNeeded(last, own, name);
    for (const { path } of gone) unlinkSync(path);
    return {
      segments: gone.length,
      bytes: gone.reduce((sum, { size }) => sum + size, 0),
      oldest: segments[gone.length]?.header?.created,
    };
  } finally {
    unlock();
  }
}

/** A group that needs nothing of the last to go needs nothing of those before. */
function refuseNeeded(last: readonly Segment[], folder: string, name: string): void {
  const { partitions } = last[1]!.header!;
  for (const [group, offsets] of new Groups(folder, partitions).all()) {
    if (!isNeeded(last, new Map([[group, offsets]]))) continue;
    throw new ConfigError(
      `the group "${group}" of ${name} has yet to read some of that: let a run catch up first, or write --force to lose it`,
    );
  }
}
