import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface WriteRequest {
  readonly lines: readonly string[];
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** What the server does instead of taking the lines; `lose`: it takes them, and the answer never arrives. */
export type Reply =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | "hang"
  | "cut"
  | "lose";

/** An HTTP server on loopback that keeps the points it was sent, and refuses, dawdles or hangs as it is told. */
export interface LoopbackInflux {
  readonly url: string;
  /** Every request in order, the refused ones too. */
  readonly requests: readonly WriteRequest[];
  /** Decides about each request; undefined takes it. An empty write is answered as InfluxDB 2 does. */
  decide: (request: WriteRequest) => Reply | undefined | Promise<Reply | undefined>;
  /** The points it holds, in order of first arrival; one for each series and time. */
  points(): readonly string[];
  clear(): void;
  /** Breaks every connection, those that hang too. */
  cutAll(): void;
  close(): Promise<void>;
}

export async function startLoopbackInflux(): Promise<LoopbackInflux> {
  const points = new Map<string, string>();
  const requests: WriteRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => void chunks.push(chunk));
    incoming.on("end", () => {
      const whole = Buffer.concat(chunks);
      const body = (incoming.headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole).toString();
      const request: WriteRequest = {
        lines: body === "" ? [] : body.split("\n"),
        url: new URL(incoming.url!, "http://loopback"),
        headers: incoming.headers,
      };
      requests.push(request);
      void answer(request, response);
    });
  });

  async function answer(request: WriteRequest, response: ServerResponse): Promise<void> {
    const decided = await loopback.decide(request);
    const taken = decided === undefined || decided === "lose" ? take(request) : undefined;
    reply(response, decided ?? taken!);
  }

  function take({ lines }: WriteRequest): Reply {
    if (lines.length === 0) return { status: 400, body: '{"code":"invalid","message":"writing requires points"}' };
    for (const line of lines) points.set(pointOf(line), line);
    return { status: 204 };
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const loopback: LoopbackInflux = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    decide: () => undefined,
    points: () => [...points.values()],
    clear() {
      points.clear();
      requests.length = 0;
    },
    cutAll: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return loopback;
}

function reply(response: ServerResponse, answer: Reply): void {
  if (answer === "hang") return;
  if (answer === "cut" || answer === "lose") {
    response.destroy();
    return;
  }
  const { status, body, headers } = answer;
  response.writeHead(status, { "content-type": body?.startsWith("{") ? "application/json" : "text/plain", ...headers });
  response.end(body);
}

/** Measurement, tags and time of a line: what makes two lines the same point. */
function pointOf(line: string): string {
  const [series] = /^(?:\\.|[^\\ ])*/.exec(line)!;
  return series + line.slice(line.lastIndexOf(" "));
}
