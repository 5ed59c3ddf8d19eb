import { execFileSync, spawn, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { IClientOptions } from "mqtt";
import { type BrokerFiles, layBrokerFiles } from "../../scripts/stack/broker-files.js";
import { freePort } from "../free-port.js";
import { installed } from "../installed.js";
import { mosquittoProgram } from "../mosquitto.js";
import { until } from "../program.js";
import { ServerProcess } from "../server-process.js";

const HOME = fileURLToPath(new URL("../../", import.meta.url));
const SCRIPT = join(HOME, "scripts", "init_mqtt.sh");

/** True where this machine has all that the tests with the shipped broker need. */
export const brokerInstalled = [mosquittoProgram, installed("mosquitto_passwd"), installed("mosquitto_pub")].every(
  (program) => program !== undefined,
);

/** The broker as it is shipped, its accounts made by the shipped script, in a folder of its own. */
export class ShippedBroker {
  readonly url: string;
  readonly port: number;
  readonly files: BrokerFiles;
  /** What it has written. */
  said = "";
  readonly #process = new ServerProcess();
  readonly #printers = new Map<string, string>();

  private constructor(files: BrokerFiles, port: number) {
    this.files = files;
    this.port = port;
    this.url = `mqtt://127.0.0.1:${port}`;
  }

  /** `env` is the .env that the script finds; `printers` get accounts. */
  static async start({ env = "", printers = [] as readonly string[] } = {}): Promise<ShippedBroker> {
    const folder = await mkdtemp(join(tmpdir(), "shipped-broker-"));
    await writeFile(join(folder, ".env"), env);
    const port = await freePort();
    const broker = new ShippedBroker(layBrokerFiles({ home: HOME, folder, port }), port);
    await mkdir(join(folder, "clients"));
    for (const name of ["mosquitto_pub", "mosquitto_sub"])
      await copyFile(join(folder, "secrets", "mosquitto_client"), join(folder, "clients", name));
    for (const printer of printers) broker.#printers.set(printer, broker.script("add", printer).trim());
    await broker.run();
    return broker;
  }

  async run(): Promise<void> {
    const begin = this.said.length;
    const child = spawn(mosquittoProgram!, ["-c", this.files.configuration], { cwd: this.files.folder });
    this.#process.is(child);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (this.said += text));
    await until(() => {
      if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}: ${this.said}`);
      return this.said.slice(begin).includes(" running");
    });
  }

  kill(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    return this.#process.kill(signal);
  }

  /** Makes it read accounts and access again. */
  async reload(): Promise<void> {
    const before = this.said.length;
    this.#process.signal("SIGHUP");
    await until(() => this.said.slice(before).includes("Reloading config"));
  }

  async remove(): Promise<void> {
    await this.kill("SIGKILL");
    await rm(this.files.folder, { recursive: true, force: true });
  }

  /** Runs the shipped script with its folder, and takes what it printed. */
  script(...args: readonly string[]): string {
    return execFileSync(SCRIPT, ["--in", this.files.folder, ...args], { encoding: "utf8", stdio: "pipe" });
  }

  /** How an account logs in: that of a printer, or of a service by the name that it has in secrets/. */
  login(name: string): Pick<IClientOptions, "username" | "password"> {
    const secret = name === "mlops_user" ? "mqtt_password" : `mqtt_${name}_password`;
    return { username: name, password: this.#printers.get(name) ?? this.files.secret(secret) };
  }

  /** One of mosquitto's own clients, let in by the file that is mounted in the broker's container. */
  client(program: "mosquitto_pub" | "mosquitto_sub", args: readonly string[]): SpawnSyncReturns<string> {
    return spawnSync(program, ["-p", String(this.port), ...args], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, XDG_CONFIG_HOME: join(this.files.folder, "clients") },
    });
  }
}
