import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.js";
import { natsProgram } from "./nats-server.js";

const CONFIG = new URL("../config/nats/node.conf", import.meta.url);
const LOGIN = { NATS_USERNAME: "layerstream", NATS_PASSWORD: "secret-1" };

interface Node {
  readonly environment: Readonly<Record<string, string>>;
  process: ChildProcess | undefined;
}

/** The three servers that `config/nats/node.conf` describes, on loopback. */
export class NatsCluster {
  readonly url: string;
  readonly #folder: string;
  readonly #nodes: readonly Node[];

  private constructor(folder: string, nodes: readonly Node[]) {
    this.#folder = folder;
    this.#nodes = nodes;
    this.url = nodes
      .map(({ environment }) => `nats://layerstream:secret-1@127.0.0.1:${environment["NATS_PORT"]!}`)
      .join(",");
  }

  static async start(): Promise<NatsCluster> {
    const folder = await mkdtemp(join(tmpdir(), "nats-cluster-"));
    // The tested floor does not know this line and refuses it.
    const text = (await readFile(CONFIG, "utf8")).replace("sync_interval: always", "");
    await writeFile(join(folder, "node.conf"), text);
    const ports: number[] = [];
    while (ports.length < 6) ports.push(await freePort());
    const routes = [3, 4, 5].map((i) => [`NATS_ROUTE_${i - 2}`, `nats://127.0.0.1:${ports[i]!}`]);
    const nodes = [0, 1, 2].map((i) => ({
      process: undefined,
      environment: {
        ...LOGIN,
        ...(Object.fromEntries(routes) as Record<string, string>),
        NATS_NODE: `n${i}`,
        NATS_HOST: "127.0.0.1",
        NATS_PORT: String(ports[i]),
        NATS_CLUSTER_PORT: String(ports[i + 3]),
        NATS_STORE: join(folder, `n${i}`),
      },
    }));
    const cluster = new NatsCluster(folder, nodes);
    for (let i = 0; i < 3; i++) cluster.run(i);
    return cluster;
  }

  run(node: number): void {
    const one = this.#nodes[node]!;
    const args = ["-c", join(this.#folder, "node.conf")];
    one.process = spawn(natsProgram!, args, { stdio: "ignore", env: { ...process.env, ...one.environment } });
  }

  async kill(node: number): Promise<void> {
    const one = this.#nodes[node]!;
    if (!one.process) return;
    const gone = once(one.process, "exit");
    one.process.kill("SIGKILL");
    one.process = undefined;
    await gone;
  }

  async remove(): Promise<void> {
    for (let i = 0; i < 3; i++) await this.kill(i);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
