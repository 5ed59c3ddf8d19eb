#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { outputTo } from "./cli/output.js";
import { runProgram } from "./cli/program.js";
import { Screen } from "./cli/screen.js";
import { components } from "./components.js";
import { createLog } from "./log.js";
import { loadSettings } from "./settings.js";
import { Registry } from "./streams/component/registry.js";
import { FatalError, messageOf } from "./streams/component/errors.js";

// Otherwise V8 lets the heap grow to four times what is alive in it. Measured: half the memory for no more CPU time.
setFlagsFromString("--heap-growing-percent=50");

const INTERRUPTED = 130;
/**
 * npm passes a Ctrl-C on to us that the terminal has given us already, some ms later: under npm a second signal within
 * so many ms is the same one.
 */
const ECHO = process.env["npm_lifecycle_event"] === undefined ? 0 : 500;

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const stop = new AbortController();
const registry = new Registry(components);
const screen = process.stderr.isTTY && process.stdout.isTTY ? new Screen(process.stderr) : undefined;

let stopped = Infinity;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    const now = performance.now();
    if (now - stopped >= ECHO) process.exit(INTERRUPTED);
    if (stop.signal.aborted) return;
    stopped = now;
    stop.abort();
  });

try {
  process.exitCode = await runProgram(process.argv.slice(2), {
    version,
    ...(screen && { screen }),
    session(set) {
      const dotenv = existsSync(".env") ? readFileSync(".env", "utf8") : "";
      const settings = loadSettings({ env: process.env, dotenv, set });
      const log = createLog({
        level: settings.LOG_LEVEL,
        format: settings.LOG_FORMAT === "auto" && screen ? "pretty" : settings.LOG_FORMAT,
        secrets: settings.secrets(),
        ...(screen && { stream: screen }),
      });
      return { settings, registry, log, out: outputTo(process.stdout), stop: stop.signal };
    },
  });
} catch (cause) {
  // What was foreseen needs no place in the code.
  const text = cause instanceof Error && !(cause instanceof FatalError) ? cause.stack : undefined;
  process.stderr.write(`layerstream failed: ${text ?? messageOf(cause)}\n`);
  process.exitCode = 1;
}
