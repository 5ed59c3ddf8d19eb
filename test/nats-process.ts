import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.js";
import { installed } from "./installed.js";
import { ServerProcess } from "./server-process.js";

/** The program, undefined where it is not installed. */
export const natsProgram = installed("nats-server");

/** A nats-server with JetStream in a folder of its own, on loopback. */
export class NatsServer {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #process = new ServerProcess();

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.url = `nats://127.0.0.1:${port}`;
  }

  /** `settings` are further lines of its configuration. @param store where it keeps streams; default: a folder of its own */
  static async start(settings: readonly string[] = [], store?: string): Promise<NatsServer> {
    const folder = await mkdtemp(join(tmpdir(), "nats-server-"));
    const port = await freePort();
    const jetstream = `jetstream { store_dir: ${JSON.stringify(store ?? folder)} }`;
    const lines = [`listen: "127.0.0.1:${port}"`, jetstream, ...settings];
    await writeFile(join(folder, "nats.conf"), lines.join("\n"));
    const server = new NatsServer(folder, port);
    await server.run();
    return server;
  }

  /** Starts it (again); resolves when it accepts connections. */
  async run(): Promise<void> {
    const started = spawn(natsProgram!, ["-c", join(this.#folder, "nats.conf")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process.is(started);
    let said = "";
    started.stderr.on("data", (data: Buffer) => (said = (said + data.toString()).slice(-4096)));
    while (!(await this.#answers())) {
      if (started.exitCode !== null) throw new Error(`nats-server ended: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  kill(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    return this.#process.kill(signal);
  }

  /** Does something with its files while it is down. */
  async withFiles(act: (folder: string) => Promise<void>): Promise<void> {
    await this.kill("SIGKILL");
    await act(join(this.#folder, "jetstream"));
    await this.run();
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
      // A nats-server speaks first: a port that is merely open may still be getting ready.
      socket.on("data", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
  }
}
