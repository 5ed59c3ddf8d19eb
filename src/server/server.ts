import { createHash, timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { ConfigError } from "../streams/component/errors.js";
import type { Log } from "../streams/component/context.js";
import type { NodeStatus } from "../streams/runtime/metrics.js";
import { Metrics } from "./metrics.js";

/** All that the server knows of a running topology. */
export interface RunView {
  status(): readonly NodeStatus[];
  /** What is missing besides: names of servers. */
  away?(): readonly string[];
}

export interface ServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Whoever asks for more than whether it lives and is ready must give it. Empty: nobody has to. */
  readonly token?: string;
  readonly log: Log;
  readonly run: RunView;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly address: string;
  close(): Promise<void>;
}

/** What those who start and watch processes ask; it tells nothing of printers. */
const OPEN_TO_ALL: readonly string[] = ["/healthz", "/readyz"];

/** `/healthz`, `/readyz` and `/metrics`. Where the port is taken the next free one is used, and the log says so. */
export async function startServer({ host, port, token = "", log, run }: ServerOptions): Promise<RunningServer> {
  const metrics = new Metrics(() => run.status());
  const app = new Hono();
  app.use(async (context, next) => {
    if (token === "" || OPEN_TO_ALL.includes(context.req.path)) return next();
    if (isSame(context.req.header("authorization") ?? "", `Bearer ${token}`)) return next();
    return context.json(
      {
        type: "about:blank",
        title: "Unauthorized",
        status: 401,
        detail: "send the header Authorization: Bearer HTTP_TOKEN",
      },
      401,
      { "content-type": "application/problem+json", "www-authenticate": "Bearer" },
    );
  });
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", (context) => {
    const nodes = run.status();
    const unconnected = nodes.filter(({ connected }) => !connected).map(({ pipeline, node }) => `${pipeline}.${node}`);
    const away = [...(run.away?.() ?? []), ...unconnected];
    return context.json({ status: away.length === 0 ? "ready" : "degraded", nodes: nodes.length, away });
  });
  app.get("/metrics", async (context) =>
    context.body(await metrics.text(), 200, { "content-type": metrics.contentType }),
  );
  app.notFound((context) =>
    context.json(
      { type: "about:blank", title: "Not Found", status: 404, detail: `there is nothing at ${context.req.path}` },
      404,
      {
        "content-type": "application/problem+json",
      },
    ),
  );

  const server = createAdaptorServer({ fetch: app.fetch });
  const listen = (on: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(on, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  try {
    await listen(port);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE")
      throw new ConfigError(
        `cannot listen on ${host}:${port} (${String(code)}): set HTTP_HOST and HTTP_PORT to an address of this machine`,
        { cause },
      );
    await listen(0);
    log.warn("HTTP port taken, using another", { wanted: port, port: (server.address() as AddressInfo).port });
  }
  return {
    address: `http://${host.includes(":") ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

/** Takes as long whatever is given, so that nobody finds a token sign by sign. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
