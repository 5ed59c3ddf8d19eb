import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadSettings } from "../src/settings.js";
import { ConfigError, messageOf } from "../src/streams/component/errors.js";
import { startStack, type Stack } from "./stack/start.js";

/** Starts the stack from what is on the PATH, for development without containers. Ctrl-C ends it. */
const home = process.cwd();
const say = (from: string, line: string): void => console.log(`${from.padEnd(11)} | ${line}`);

let stack: Stack | undefined;
/** npm sends on what the terminal has sent us already: within so many ms it is the same Ctrl-C. */
const ECHO = 500;
let asked = Infinity;
const end = async (): Promise<void> => {
  await stack?.end();
  say("stack", "all have ended");
  process.exit(stack?.children.some((child) => child.died) ? 1 : 0);
};
const stop = (): void => {
  const now = performance.now();
  if (now - asked >= ECHO) {
    stack?.kill();
    process.exit(130);
  }
  if (asked < Infinity) return;
  asked = now;
  say("stack", stack ? "ending; another Ctrl-C ends at once" : "ending as soon as all are there");
  if (stack) void end();
};

try {
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
  // A terminal that was closed takes no more lines; all are ended all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const { STATE_DIR } = loadSettings({ env: process.env, dotenv: dotenv() });
  stack = await startStack({ home, folder: resolve(STATE_DIR, "stack"), env: process.env, say });
  const { mqtt, influxdb, grafana, processor } = stack.addresses;
  const secrets = resolve(STATE_DIR, "stack", "secrets");
  if (mqtt !== undefined) say("stack", `broker     ${mqtt}, accounts in ${secrets}`);
  if (influxdb !== undefined) say("stack", `database   ${influxdb}, admin with ${secrets}/influxdb_admin_password`);
  if (grafana !== undefined) say("stack", `dashboards ${grafana}, admin with ${secrets}/grafana_admin_password`);
  say(
    "stack",
    `processor  ${processor!}/metrics${mqtt === undefined ? "" : `, with the token of ${secrets}/http_token`}`,
  );
  if (asked < Infinity) void end();
} catch (cause) {
  say("stack", messageOf(cause));
  process.exit(cause instanceof ConfigError ? 2 : 1);
}

function dotenv(): string {
  try {
    return readFileSync(".env", "utf8");
  } catch {
    return "";
  }
}
