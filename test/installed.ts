import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Debian keeps brokers where users do not look for programs; the last is where our own scripts build what has no package. */
const PLACES = [
  ...(process.env["PATH"] ?? "").split(delimiter),
  "/usr/sbin",
  "/usr/local/sbin",
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "layerstream", "bin"),
];

const AGAINST = "nothing is tried against it, `.ci/run` says how to install it";

/** Where a program is; undefined where this machine has none, and then whoever watches the tests is told. */
export function installed(program: string): string | undefined {
  const path = PLACES.map((place) => join(place, program)).find((known) => existsSync(known));
  // Not through console, which Jest takes apart and a run without colours hardly shows.
  if (path === undefined) process.stderr.write(`SKIPPED, ${program.toUpperCase()} IS NOT INSTALLED: ${AGAINST}\n`);
  return path;
}
