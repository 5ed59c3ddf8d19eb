import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.js";
import { installed } from "./installed.js";

/** One series as VictoriaMetrics exports it. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  /** ms since the epoch */
  readonly timestamps: readonly number[];
}

/** A VictoriaMetrics of its own on loopback, empty at first. */
export interface VictoriaMetrics {
  readonly url: string;
  /** All series with names that begin so, sorted by name. */
  series(prefix: string): Promise<readonly Series[]>;
  /** Goes away as when it is updated; `run` brings it back with all that it holds. */
  stop(): Promise<void>;
  run(): Promise<void>;
  close(): Promise<void>;
}

/** The program, or undefined where this machine has none. */
export const victoriaMetricsProgram = installed("victoria-metrics");

/** `keepRepeats`: a sample that is written again is kept twice. */
export async function startVictoriaMetrics(
  program: string,
  { keepRepeats = false }: { readonly keepRepeats?: boolean } = {},
): Promise<VictoriaMetrics> {
  const folder = await mkdtemp(join(tmpdir(), "victoria-metrics-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  let server: ChildProcess | undefined;
  const run = async (): Promise<void> => {
    server = spawn(
      program,
      // Its default retention lets go of everything older than a month, and our samples are from 2023.
      [
        `-httpListenAddr=${new URL(url).host}`,
        `-storageDataPath=${folder}`,
        "-retentionPeriod=100y",
        ...(keepRepeats ? [] : ["-dedup.minScrapeInterval=1ms"]),
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    await listening(server, url);
  };
  const stop = async (): Promise<void> => {
    const running = server;
    if (!running) return;
    server = undefined;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGTERM");
    await gone;
  };
  await run();
  return {
    url,
    async series(prefix) {
      await fetch(`${url}/internal/force_flush`);
      const match = encodeURIComponent(`{__name__=~"${prefix}.*"}`);
      const text = await (await fetch(`${url}/api/v1/export?match[]=${match}`)).text();
      const lines = text.split("\n").filter((line) => line !== "");
      return lines
        .map((line) => JSON.parse(line) as Series)
        .sort((a, b) => (a.metric.__name__! < b.metric.__name__! ? -1 : 1));
    },
    run,
    stop,
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the server takes requests. */
async function listening(server: ChildProcess, url: string): Promise<void> {
  let said = "";
  // Read to the end, or the pipe fills and the server stops.
  server.stderr!.on("data", (chunk: Buffer) => {
    if (said.length < 100_000) said += chunk.toString();
  });
  const ended = new Promise<never>((_, reject) => {
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`victoria-metrics ended with ${code}: ${said}`)));
  });
  const healthy = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await Promise.race([healthy(), ended]))) await new Promise((resolve) => setTimeout(resolve, 10));
  // That it ends later is none of our business.
  ended.catch(() => undefined);
}
