import { Agent, createServer, type IncomingHttpHeaders, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { type Lines, linesKept } from "./lines.js";

/** What the gate does with a request: lets it pass, lets it pass later, breaks the connection, or answers itself. */
export type Trouble =
  | { readonly kind: "none" }
  | { readonly kind: "slow"; readonly ms: number }
  /** Half of the time before the database has it and half of the time after, so that the answer alone is lost. */
  | { readonly kind: "cut" }
  | { readonly kind: "refuse"; readonly status: number; readonly retryAfter?: number };

/** A door of ours in front of a database, on loopback, that keeps the rows of conclusions as they were written. */
export class Gate {
  trouble: Trouble = { kind: "none" };
  /** How many requests met with trouble. */
  troubled = 0;
  readonly lines: Lines = linesKept();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("error", () => undefined);
    incoming.on("data", (chunk: Buffer) => void chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "GET", url = "/", headers } = incoming;
      this.#answer({ method, path: url, headers, body: Buffer.concat(chunks) }, response).catch(() => {
        response.destroy();
      });
    });
  });

  private constructor(readonly behind: URL) {}

  static async open(behind: string): Promise<Gate> {
    const gate = new Gate(new URL(behind));
    await new Promise<void>((resolve) => gate.#server.listen(0, "127.0.0.1", resolve));
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(asked: Asked, response: ServerResponse): Promise<void> {
    const { trouble } = this;
    if (trouble.kind !== "none") this.troubled++;
    if (trouble.kind === "refuse") {
      const after = trouble.retryAfter === undefined ? {} : { "retry-after": String(trouble.retryAfter) };
      response.writeHead(trouble.status, after).end();
      return;
    }
    if (trouble.kind === "slow") await pause(trouble.ms);
    if (trouble.kind === "cut" && this.troubled % 2 === 0) {
      response.destroy();
      return;
    }
    const { status, body } = await this.#pass(asked);
    if (status < 300) this.lines.keep(textOf(asked));
    if (trouble.kind === "cut") response.destroy();
    else response.writeHead(status).end(body);
  }

  #pass({ method, path, headers, body }: Asked): Promise<{ status: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.behind;
      const given = { ...headers, host: this.behind.host };
      const passed = request({ agent: this.#agent, hostname, port, method, path, headers: given }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => void chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => resolve({ status: answer.statusCode!, body: Buffer.concat(chunks) }));
      });
      passed.on("error", reject);
      passed.end(body);
    });
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function textOf({ headers, body }: Asked): string {
  return (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
}
