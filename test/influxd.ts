import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InfluxDB } from "@influxdata/influxdb-client";
import { describe } from "@jest/globals";
import { freePort } from "./free-port.js";
import { installed } from "./installed.js";
import { ServerProcess } from "./server-process.js";
import { until } from "./program.js";

/** The program, or undefined where this machine has none. */
export const influxdProgram = installed("influxd");

export const influxdSuite = influxdProgram ? describe : describe.skip;

/** Says that tests were left out where they were. */
export function influxdTitle(text: string): string {
  return influxdProgram ? text : `SKIPPED, NO influxd ON THIS MACHINE: ${text}`;
}

/** A row of a Flux table. Times are ISO 8601 text, numbers are numbers. */
export type FluxRow = Readonly<Record<string, unknown>>;

/** What a token may do with the bucket. */
export type Action = "read" | "write";

/** An InfluxDB 2 of its own on loopback, set up as the stack sets up its own, empty at first. */
export class Influxd {
  readonly org = "layerstream";
  readonly bucket = "printing_metrics";
  /** May do everything. */
  readonly token = "operator-token";
  readonly url: string;
  readonly #folder: string;
  readonly #process = new ServerProcess();

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<Influxd> {
    const influxd = new Influxd(await mkdtemp(join(tmpdir(), "influxd-")), await freePort());
    await influxd.run();
    await influxd.post("/api/v2/setup", {
      username: "admin",
      password: "a-password-of-tests",
      org: influxd.org,
      bucket: influxd.bucket,
      token: influxd.token,
    });
    return influxd;
  }

  /** Starts it (again), with all that it holds; resolves when it takes requests. */
  async run(): Promise<void> {
    const { host } = new URL(this.url);
    const place = (name: string): string => join(this.#folder, name);
    this.#process.is(
      spawn(
        influxdProgram!,
        [
          ...["--http-bind-address", host, "--reporting-disabled", "--log-level", "error"],
          ...["--bolt-path", place("bolt"), "--sqlite-path", place("sqlite"), "--engine-path", place("engine")],
        ],
        { stdio: "ignore", env: { PATH: process.env["PATH"], HOME: this.#folder } },
      ),
    );
    await until(() =>
      fetch(`${this.url}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  }

  /** Goes away as when it is updated; `run` brings it back. */
  stop(): Promise<void> {
    return this.#process.kill("SIGTERM");
  }

  async close(): Promise<void> {
    await this.#process.kill("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The rows of all tables that a Flux script yields, in the order in which they come. Throws what the server says of it. */
  query(flux: string): Promise<FluxRow[]> {
    const { url, token, org } = this;
    return new InfluxDB({ url, token }).getQueryApi(org).collectRows<FluxRow>(flux);
  }

  /** Writes line protocol in nanoseconds. */
  async write(lines: string): Promise<void> {
    const place = new URLSearchParams({ org: this.org, bucket: this.bucket, precision: "ns" });
    await this.post(`/api/v2/write?${place.toString()}`, lines);
  }

  /** A token that may do so much with the bucket, and nothing else. */
  async tokenFor(...actions: readonly Action[]): Promise<string> {
    const orgID = await this.#idOf("orgs", this.org);
    const id = await this.#idOf("buckets", this.bucket);
    const permissions = actions.map((action) => ({ action, resource: { type: "buckets", id, orgID } }));
    const { token } = (await this.post("/api/v2/authorizations", { orgID, permissions })) as { readonly token: string };
    return token;
  }

  /** Asks its API as one who may do everything; text goes as it is, all else as JSON. */
  async post(path: string, body: unknown): Promise<unknown> {
    const text = typeof body === "string";
    return this.#answer(path, { method: "POST", body: text ? body : JSON.stringify(body) });
  }

  async #idOf(kind: "orgs" | "buckets", name: string): Promise<string> {
    const found = (await this.#answer(`/api/v2/${kind}?${new URLSearchParams({ name }).toString()}`)) as Record<
      string,
      readonly { readonly id: string }[]
    >;
    return found[kind]![0]!.id;
  }

  async #answer(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(this.url + path, { ...init, headers: { authorization: `Token ${this.token}` } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
