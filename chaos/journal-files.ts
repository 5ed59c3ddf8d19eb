import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Files of the journal in a STATE_DIR that are not empty, the newest first. */
export async function journalOf(folder: string): Promise<{ path: string; size: number; changed: number }[]> {
  const names = await readdir(join(folder, "journal"), { recursive: true }).catch(() => []);
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, "journal", name);
      const { mtimeMs, size } = await stat(path);
      return (await stat(path)).isFile() ? [{ path, size, changed: mtimeMs }] : [];
    }),
  );
  return files
    .flat()
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.changed - a.changed);
}

/** Bytes of all of them. */
export async function journalBytes(folder: string): Promise<number> {
  return (await journalOf(folder)).reduce((sum, { size }) => sum + size, 0);
}
