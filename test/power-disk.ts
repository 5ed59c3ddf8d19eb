import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SmallDisk } from "./small-disk.js";

/** MB of the disk, and of the memory that it is made of, which has room for two. */
const SIZE = 64;
const MEMORY = 160;

/** A disk of its own with an ext4 on it, which can lose power or go bad. */
export class PowerDisk {
  #copies = 0;

  private constructor(
    readonly folder: string,
    readonly memory: SmallDisk,
    readonly image: string,
  ) {}

  /** Throws where mounting is not allowed. */
  static mount(): PowerDisk {
    const memory = SmallDisk.mount(MEMORY);
    const image = join(memory.folder, "disk");
    try {
      // What was never written has no place in memory yet.
      writeFileSync(image, "");
      truncateSync(image, SIZE * 2 ** 20);
      execFileSync("mkfs.ext4", ["-q", "-F", image], { stdio: "pipe" });
      return new PowerDisk(mountImage(image), memory, image);
    } catch (cause) {
      memory.unmount();
      throw cause;
    }
  }

  /** The disk as it is found after the power failed: what had not been brought to it by now is not on it. */
  cut(): PowerDisk {
    const image = `${this.image}-${++this.#copies}`;
    execFileSync("cp", ["--sparse=always", this.image, image]);
    return new PowerDisk(mountImage(image), this.memory, image);
  }

  /** From now on writes to places that were never written fail, and so does each sync of them. */
  async goBad(): Promise<void> {
    await this.memory.fill();
  }

  async mend(): Promise<void> {
    await this.memory.free();
  }

  unmount(): void {
    execFileSync("umount", ["-l", this.folder], { stdio: "pipe" });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function mountImage(image: string): string {
  const folder = mkdtempSync(join(tmpdir(), "power-disk-"));
  try {
    execFileSync("mount", ["-o", "loop", image, folder], { stdio: "pipe" });
    return folder;
  } catch (cause) {
    rmSync(folder, { recursive: true });
    throw cause;
  }
}

/** Why no such disk can be made here, where none can. */
export function cannotMountPowerDisk(): string | undefined {
  try {
    const disk = PowerDisk.mount();
    disk.unmount();
    disk.memory.unmount();
    return undefined;
  } catch {
    return "it needs mkfs.ext4 and the right to mount a file: run it as root";
  }
}
