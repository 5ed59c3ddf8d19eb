import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.js";
import { installed } from "./installed.js";
import { ServerProcess } from "./server-process.js";

/** The programs, undefined where they are not installed. */
export const mosquittoProgram = installed("mosquitto");
const passwordProgram = installed("mosquitto_passwd");

/** A mosquitto in a folder of its own, on loopback, that keeps its sessions over a restart. */
export class Mosquitto {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #process = new ServerProcess();

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.url = `mqtt://127.0.0.1:${port}`;
  }

  /** With users, everyone else is kept out; `access` is the text of an acl_file, `settings` are further lines. */
  static async start(
    users: Readonly<Record<string, string>> = {},
    access?: string,
    settings: readonly string[] = ["max_queued_messages 10000"],
  ): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), "mosquitto-"));
    const port = await freePort();
    const known = Object.entries(users);
    const lines = [
      `listener ${port} 127.0.0.1`,
      `allow_anonymous ${known.length === 0}`,
      "persistence true",
      `persistence_location ${folder}/`,
      ...settings,
      ...(process.getuid?.() === 0 ? ["user root"] : []),
    ];
    if (known.length > 0) {
      const path = join(folder, "passwords");
      known.forEach(([user, password], i) =>
        execFileSync(passwordProgram!, ["-b", ...(i === 0 ? ["-c"] : []), path, user, password], { stdio: "ignore" }),
      );
      lines.push(`password_file ${path}`);
    }
    if (access !== undefined) {
      await writeFile(join(folder, "access"), access);
      lines.push(`acl_file ${join(folder, "access")}`);
    }
    await writeFile(join(folder, "mosquitto.conf"), lines.join("\n"));
    const mosquitto = new Mosquitto(folder, port);
    await mosquitto.run();
    return mosquitto;
  }

  /** Starts it (again); resolves when it accepts connections. */
  async run(): Promise<void> {
    this.#process.is(spawn(mosquittoProgram!, ["-c", join(this.#folder, "mosquitto.conf")], { stdio: "ignore" }));
    while (!(await this.#answers())) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** SIGTERM lets it save its sessions, SIGKILL loses them. */
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    return this.#process.kill(signal);
  }

  freeze(): void {
    this.#process.freeze();
  }

  thaw(): void {
    this.#process.thaw();
  }

  async remove(): Promise<void> {
    await this.kill("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true });
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, "127.0.0.1");
      socket.on("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
  }
}
