import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../../streams/component/errors.js";
import type { Log } from "../../streams/component/context.js";
import { makeFolder } from "../../streams/component/folder.js";
import { putFile } from "../../streams/component/whole-file.js";

/**
 * What each session that a broker keeps for us is subscribed to. MQTT has no way to ask, and a filter that was taken out of
 * a pipeline would go on to fill the session.
 */
export interface SessionMemory {
  filters(session: string): readonly string[];
  keep(session: string, filters: readonly string[]): void;
}

/** Keeps it in a file. One that cannot be read or written costs the memory and nothing else; that is said. */
export function sessionMemory(path: string, log: Log): SessionMemory {
  const trouble = (cause: unknown) =>
    log.warn("MQTT sessions not remembered: filters that are taken out stay subscribed", {
      path,
      reason: messageOf(cause),
    });
  const read = (): Map<string, readonly string[]> => {
    try {
      const entries = Object.entries(JSON.parse(readFileSync(path, "utf8")) as object);
      return new Map(entries.filter((entry): entry is [string, string[]] => isTexts(entry[1])));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") trouble(cause);
      return new Map();
    }
  };
  return {
    filters: (session) => read().get(session) ?? [],
    keep(session, filters) {
      const known = read();
      if (String(known.get(session)) === String(filters)) return;
      known.set(session, filters);
      try {
        makeFolder(dirname(path));
        putFile(path, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
      } catch (cause) {
        trouble(cause);
      }
    },
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
