import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Debian keeps servers where users do not look for programs; the last is where our own scripts build what has no package. */
const PLACES = [
  "/usr/sbin",
  "/usr/local/sbin",
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "layerstream", "bin"),
];

/** Where a program is; undefined where the PATH has none. */
export function findProgram(name: string, path: string): string | undefined {
  const places = [...path.split(delimiter), ...PLACES];
  return places.map((place) => join(place, name)).find((known) => existsSync(known));
}

/** This port of 127.0.0.1, or any that is free where somebody listens on it. */
export async function portAt(wanted: number): Promise<number> {
  return (await portIsFree(wanted)) ? wanted : await freePort();
}

function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    // Whoever listens on all addresses is in the way too, and listening on one of them would not notice.
    server.listen(port, "0.0.0.0", () => server.close(() => resolve(true)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
