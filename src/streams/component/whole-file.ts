import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { foldersCanSync } from "./folder.js";

/**
 * Puts a file in its place, whole or not at all, also where the power fails: it is there when this returns. Where others do
 * the same at the same time, one of them stays. Throws what the file system throws.
 */
export function putFile(path: string, text: string): void {
  const folder = dirname(path);
  // A name of its own: another process may be writing too. Hidden from whoever lists the folder.
  const beside = join(folder, `.${basename(path)}.${process.pid}`);
  writeFileSync(beside, text, { flush: true });
  renameSync(beside, path);
  if (!foldersCanSync) return;
  const listed = openSync(folder, "r");
  try {
    fsyncSync(listed);
  } finally {
    closeSync(listed);
  }
}
