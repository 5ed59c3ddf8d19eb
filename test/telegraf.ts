import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe } from "@jest/globals";
import { freePort } from "./free-port.js";
import { installed } from "./installed.js";
import { mosquittoProgram } from "./mosquitto.js";
import { until } from "./program.js";
import { ServerProcess } from "./server-process.js";

const telegrafProgram = installed("telegraf");
const there = telegrafProgram !== undefined && mosquittoProgram !== undefined;

export const telegrafSuite = there ? describe : describe.skip;

/** Says that tests were left out where they were. */
export function telegrafTitle(text: string): string {
  return there ? text : `SKIPPED, NO telegraf OR NO mosquitto ON THIS MACHINE: ${text}`;
}

/** Said at every start, and of a machine without udev. */
const EXPECTED = /Strict environment variable handling|Unable to gather disk name/;
const CONFIG = fileURLToPath(new URL("../config/telegraf.conf", import.meta.url));

export interface Secrets {
  readonly influxdb_token: string;
  readonly mqtt_telegraf_password: string;
}

/** A Telegraf with the shipped configuration, in the environment that a test gives it. */
export class Telegraf {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #process = new ServerProcess();
  #said = "";

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** Resolves when it reads what printers send. */
  static async start(secrets: Secrets, env: Readonly<Record<string, string>>): Promise<Telegraf> {
    const folder = await mkdtemp(join(tmpdir(), "telegraf-"));
    for (const [name, secret] of Object.entries(secrets)) await writeFile(join(folder, name), secret);
    const health = `http://127.0.0.1:${await freePort()}`;
    const telegraf = new Telegraf(folder, {
      PATH: process.env["PATH"] ?? "",
      SECRETS_DIR: folder,
      HEALTH_URL: health,
      ...env,
    });
    const started = spawn(telegrafProgram!, ["--config", CONFIG], {
      env: telegraf.#env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    telegraf.#process.is(started);
    started.stderr.setEncoding("utf8").on("data", (text: string) => (telegraf.#said += text));
    await until(() => telegraf.log.filter((line) => /inputs\.mqtt_consumer.*Connected/.test(line)).length >= 2);
    await until(() =>
      fetch(health).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    return telegraf;
  }

  get log(): readonly string[] {
    return this.#said.split("\n");
  }

  /** What it warns of. */
  get troubles(): readonly string[] {
    return this.log.filter((line) => / [WE]! /.test(line) && !EXPECTED.test(line));
  }

  /** `telegraf --test` beside it: the points that it would write, as line protocol. */
  test(...args: readonly string[]): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
    return new Promise((resolve) => {
      execFile(
        telegrafProgram!,
        ["--config", CONFIG, "--test", ...args],
        { env: this.#env, maxBuffer: 2 ** 26 },
        (failure, out) => resolve({ code: Number(failure?.code ?? 0), lines: out.split("\n") }),
      );
    });
  }

  async close(): Promise<void> {
    await this.#process.kill("SIGTERM");
    await rm(this.#folder, { recursive: true, force: true });
  }
}
