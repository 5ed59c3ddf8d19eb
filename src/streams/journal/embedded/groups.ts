import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, messageOf } from "../../component/errors.js";
import { makeFolder } from "../../component/folder.js";
import { JournalWriteError } from "../errors.js";
import type { Offsets } from "../journal.js";
import { GroupSync } from "./group-sync.js";
import { OffsetsFile } from "./offsets-file.js";

interface Group {
  readonly file: OffsetsFile;
  /** What was committed last; may be on its way to the disk. */
  latest: Offsets;
  readonly writes: GroupSync;
}

/** How far each group of consumers has come. */
export class Groups {
  readonly #folder: string;
  readonly #partitions: number;
  readonly #groups = new Map<string, Group>();
  readonly #busy = new Set<Promise<void>>();

  /** The groups of a stream, by the folder of the stream. Throws ConfigError where they are of another one. */
  constructor(streamFolder: string, partitions: number) {
    this.#folder = join(streamFolder, "groups");
    this.#partitions = partitions;
    const names = existsSync(this.#folder) ? readdirSync(this.#folder) : [];
    for (const name of new Set(names.map((file) => file.replace(/\.[01]$/, "")))) this.#open(decodeURIComponent(name));
  }

  get(group: string): Offsets | undefined {
    return this.#groups.get(group)?.file.offsets;
  }

  /** Those of every group that has committed. */
  all(): ReadonlyMap<string, Offsets> {
    return new Map([...this.#groups].flatMap(([name, { file }]) => (file.offsets ? [[name, file.offsets]] : [])));
  }

  /** Resolves when these offsets, or later ones of the same group, survive a power cut. */
  commit(name: string, offsets: Offsets): Promise<void> {
    const group = this.#groups.get(name) ?? this.#open(name);
    group.latest = [...offsets];
    const written = group.writes.ask();
    const settled = written.then(
      () => void this.#busy.delete(settled),
      () => void this.#busy.delete(settled),
    );
    this.#busy.add(settled);
    return written;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  #open(name: string): Group {
    const path = join(this.#folder, encodeURIComponent(name));
    const file = new OffsetsFile(path);
    const { offsets } = file;
    if (offsets && offsets.length !== this.#partitions) {
      throw new ConfigError(
        `${path}.* holds offsets of ${offsets.length} partitions, not of ${this.#partitions}; ` +
          "take them away to let this group begin anew",
      );
    }
    const group: Group = { file, latest: offsets ?? [], writes: new GroupSync(() => this.#write(name, path, group)) };
    this.#groups.set(name, group);
    return group;
  }

  async #write(name: string, path: string, { file, latest }: Group): Promise<void> {
    try {
      makeFolder(this.#folder);
      await file.write(latest);
    } catch (cause) {
      throw new JournalWriteError(
        `the offsets of the group "${name}" cannot be written to ${path}.*: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }
}
