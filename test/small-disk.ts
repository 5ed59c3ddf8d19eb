import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { open, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CHUNK = Buffer.alloc(1 << 16);

/** A folder on a file system in memory of its own, which can be filled to the last byte. */
export class SmallDisk {
  readonly #ballast: string;

  private constructor(readonly folder: string) {
    this.#ballast = join(folder, "ballast");
  }

  /** Throws where mounting is not allowed. */
  static mount(megabytes: number): SmallDisk {
    const folder = mkdtempSync(join(tmpdir(), "small-disk-"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "pipe" });
    } catch (cause) {
      rmSync(folder, { recursive: true });
      throw cause;
    }
    return new SmallDisk(folder);
  }

  /** Leaves no byte. To be done again while others free some. */
  async fill(): Promise<void> {
    const file = await open(this.#ballast, "a");
    try {
      for (const size of [CHUNK.length, 4096, 1]) {
        for (;;) if ((await file.write(CHUNK, 0, size).catch(full)) === undefined) break;
      }
    } finally {
      await file.close();
    }
  }

  async free(): Promise<void> {
    await rm(this.#ballast, { force: true });
  }

  /** MB that are free. */
  async room(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return (bavail * bsize) / 2 ** 20;
  }

  unmount(): void {
    execFileSync("umount", ["-l", this.folder], { stdio: "pipe" });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function full(cause: unknown): undefined {
  if ((cause as NodeJS.ErrnoException).code !== "ENOSPC") throw cause;
  return undefined;
}

/** Why no small disk can be made here, where none can. */
export function cannotMount(): string | undefined {
  try {
    SmallDisk.mount(1).unmount();
    return undefined;
  } catch {
    return "it needs the right to mount a tmpfs: run it as root";
  }
}
