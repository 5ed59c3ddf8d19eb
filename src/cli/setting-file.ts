import { readFile } from "node:fs/promises";
import { ConfigError, messageOf } from "../streams/component/errors.js";

/** The text of the file that a setting names; undefined where it names none. Throws ConfigError where it cannot be read. */
export async function settingFile(name: string, path: string, kind: string): Promise<string | undefined> {
  if (path === "") return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ConfigError(`${name} "${path}" cannot be read: ${messageOf(cause)}; give the path of ${kind}`, { cause });
  }
}
