import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childrenOf, cpuOf, memoryOf } from "../process.js";

const TOOLS = fileURLToPath(new URL("./", import.meta.url));
export const PROGRAM = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

export type Durability = "none" | "os" | "fsync";

/** A program under measurement, in a process of its own. */
export class Subject {
  private constructor(
    readonly name: string,
    readonly process: ChildProcess,
    /** Its STATE_DIR. */
    readonly folder: string,
    /** What it said until it was ready, and the newest that it has said. */
    readonly started: string,
    readonly said: readonly string[],
  ) {}

  /** The bare client. */
  static async floor(mqtt: string, influx: string): Promise<Subject> {
    return Subject.#start("floor", [join(TOOLS, "floor.js"), mqtt, influx], {}, "ready");
  }

  /** quality.yaml, models on. @param folder the STATE_DIR that an earlier one left; default: a new one */
  static async layerstream(mqtt: string, influx: string, folder?: string): Promise<Subject> {
    const settings = { MQTT_URL: mqtt, INFLUXDB_URL: influx, HTTP_PORT: "0", LOG_FORMAT: "json" };
    const args = [PROGRAM, "run", "config/pipelines/quality.yaml"];
    return Subject.#start("layerstream", args, { ...settings, ...(folder && { STATE_DIR: folder }) }, '"running"');
  }

  /** The same, shared among so many workers. */
  static async workers(count: number, mqtt: string, influx: string): Promise<Subject> {
    const settings = { MQTT_URL: mqtt, INFLUXDB_URL: influx, HTTP_PORT: "0", LOG_FORMAT: "json" };
    const args = [PROGRAM, "run", "config/pipelines/quality.yaml"];
    return Subject.#start(`WORKERS=${count}`, args, { ...settings, WORKERS: String(count) }, '"running"');
  }

  /** The same as one instance of several, that share a nats-server. */
  static async instance(nats: string, mqtt: string, influx: string): Promise<Subject> {
    const settings = { MQTT_URL: mqtt, INFLUXDB_URL: influx, NATS_URL: nats, HTTP_PORT: "0", LOG_FORMAT: "json" };
    const args = [PROGRAM, "run", "config/pipelines/quality.yaml"];
    return Subject.#start("over NATS", args, settings, '"running"');
  }

  /** The same, with another promise about what is acknowledged. */
  static async keeping(durability: Durability, mqtt: string, influx: string): Promise<Subject> {
    const settings = { MQTT_URL: mqtt, INFLUXDB_URL: influx, HTTP_PORT: "0", LOG_FORMAT: "json" };
    const folder = await mkdtemp(join(tmpdir(), "bench-pipeline-"));
    const path = join(folder, "quality.yaml");
    const quality = await readFile("config/pipelines/quality.yaml", "utf8");
    await writeFile(
      path,
      quality.replace("decode: sensor-reading", `decode: sensor-reading\n    durability: ${durability}`),
    );
    try {
      return await Subject.#start(durability, [PROGRAM, "run", path], settings, '"running"');
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Broker, printers and store in the one process, as `npm start` has it. */
  static async stranger(settings: Record<string, string>): Promise<Subject> {
    const env = { MQTT_URL: "", INFLUXDB_URL: "", HTTP_PORT: "0", LOG_FORMAT: "json", ...settings };
    return Subject.#start("layerstream", [PROGRAM], env, '"running"');
  }

  static async #start(name: string, args: string[], env: Record<string, string>, ready: string): Promise<Subject> {
    const folder = env["STATE_DIR"] ?? (await mkdtemp(join(tmpdir(), "bench-")));
    const child = spawn(process.execPath, [...(process.env.BENCH_NODE_OPTIONS?.split(" ") ?? []), ...args], {
      env: { ...process.env, STATE_DIR: folder, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        said.push(chunk.toString());
        if (said.length > 100) said.shift();
        if (said.join("").includes(ready)) resolve();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${said.join("")}`)));
    });
    return new Subject(name, child, folder, said.join(""), said);
  }

  /** CPU time used so far, s, with that of its workers. */
  cpu(): number {
    return this.cpus().reduce((sum, used) => sum + used);
  }

  /** The same of each process: its own first, then those of its workers. */
  cpus(): number[] {
    const { pid } = this.process;
    return [pid!, ...childrenOf(pid!)].map(cpuOf);
  }

  signalWorkers(signal: NodeJS.Signals): void {
    for (const pid of childrenOf(this.process.pid!)) process.kill(pid, signal);
  }

  /** Peak memory of each of its workers, MB. */
  workerPeaks(): number[] {
    return childrenOf(this.process.pid!).map((pid) => memoryOf(pid).peak);
  }

  /** Resident memory now and at its highest, MB. */
  memory(): { readonly now: number; readonly peak: number } {
    return memoryOf(this.process.pid!);
  }

  /** JavaScript objects in it, MB; what the collector has not yet looked at included. */
  async heap(): Promise<number> {
    const address = /"http":"([^"]+)"/.exec(this.started)![1]!;
    const metrics = await (await fetch(`${address}/metrics`)).text();
    return Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(metrics)![1]) / 2 ** 20;
  }

  async kill(): Promise<void> {
    const gone = once(this.process, "close");
    this.process.kill("SIGKILL");
    await gone;
  }

  /** Lets it finish what it has read. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const gone = once(this.process, "close");
    this.process.kill("SIGTERM");
    await gone;
  }

  async end(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Publishes as ordered, from a process of its own. */
export async function publish<Orders extends object, Published>(orders: Orders): Promise<Published> {
  const child = spawn(process.execPath, [join(TOOLS, "publisher.js"), JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child, "exit");
  return JSON.parse(said) as Published;
}
