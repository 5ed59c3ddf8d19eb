import { existsSync, mkdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder with all above it; throws where that cannot be. Not by Node's own `recursive`, which never comes back
 * from a place like /proc: told that something is missing above, it makes that again and again.
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.push(folder);
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder);
    } catch (cause) {
      // Another process may have made it meanwhile.
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
  }
  if (!statSync(path).isDirectory()) throw new Error(`${path} is no folder`);
}

/** Windows has no such thing for folders. */
export const foldersCanSync = process.platform !== "win32";

/** A file is only sure to be found after a power cut when its folder has been written too. */
export async function syncFolder(folder: string): Promise<void> {
  if (!foldersCanSync) return;
  const file = await open(folder, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
