import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { silentLog } from "../streams/contract/context.js";
import type { NodeStatus } from "../streams/runtime/metrics.js";
import { type RunningServer, startServer } from "./server.js";

const node: NodeStatus = {
  pipeline: "quality",
  node: "influxdb",
  role: "sink",
  type: "influxdb",
  in: 12,
  out: 10,
  dead: 1,
  dropped: 0,
  inFlight: 1,
  onDisk: 0,
  diskBytes: 0,
  retries: 3,
  busySeconds: 0.5,
  sides: { late: 2 },
  connected: false,
  watermark: { time: 1_700_000_000_000, heldBy: "printer_1" },
};
let server: RunningServer;

beforeEach(async () => {
  server = await startServer({ host: "127.0.0.1", port: 0, log: silentLog, run: { status: () => [node] } });
});
afterEach(() => server.close());

it("says that it lives, and whose other side is away", async () => {
  expect(await (await fetch(`${server.address}/healthz`)).json()).toEqual({ status: "ok" });
  expect(await (await fetch(`${server.address}/readyz`)).json()).toEqual({
    status: "degraded",
    nodes: 1,
    away: ["quality.influxdb"],
  });
});

it("shows every node to Prometheus, the same at the second scrape", async () => {
  for (let scrape = 0; scrape < 2; scrape++) {
    const response = await fetch(`${server.address}/metrics`);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    const text = await response.text();
    expect(text).toContain('layerstream_records_in_total{pipeline="quality",node="influxdb",role="sink"} 12');
    expect(text).toContain('layerstream_connected{pipeline="quality",node="influxdb",role="sink"} 0');
    expect(text).toContain('layerstream_side_records_total{pipeline="quality",node="influxdb",side="late"} 2');
    expect(text).toContain('layerstream_watermark_seconds{pipeline="quality",node="influxdb",role="sink"} 1700000000');
    expect(text).toContain("process_cpu_seconds_total");
  }
});

it("answers what it does not know with problem details", async () => {
  const response = await fetch(`${server.address}/nothing`);
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
});

it("asks for the token, but not whoever watches the process", async () => {
  const token = "geheim";
  const guarded = await startServer({
    host: "127.0.0.1",
    port: 0,
    token,
    log: silentLog,
    run: { status: () => [node] },
  });
  try {
    const ask = (path: string, authorization?: string) =>
      fetch(`${guarded.address}${path}`, authorization === undefined ? {} : { headers: { authorization } });
    for (const path of ["/healthz", "/readyz"]) expect((await ask(path)).status).toBe(200);
    for (const path of ["/metrics", "/nothing", "/healthz/", "//metrics"]) {
      const refused = await ask(path);
      expect([path, refused.status, refused.headers.get("www-authenticate")]).toEqual([path, 401, "Bearer"]);
      expect(refused.headers.get("content-type")).toBe("application/problem+json");
      expect(await refused.text()).not.toContain(token);
    }
    for (const wrong of ["geheim", "Bearer ", "Bearer geheim2", "Basic geheim"])
      expect((await ask("/metrics", wrong)).status).toBe(401);
    expect(await (await ask("/metrics", "Bearer geheim")).text()).toContain("layerstream_records_in_total");
  } finally {
    await guarded.close();
  }
});

it("takes another port where its own is taken", async () => {
  const port = Number(new URL(server.address).port);
  const second = await startServer({ host: "127.0.0.1", port, log: silentLog, run: { status: () => [] } });
  expect(second.address).not.toBe(server.address);
  await second.close();
});
