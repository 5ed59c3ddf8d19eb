import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startLoopbackInflux, type LoopbackInflux } from "../../../test/loopback-influx.js";
import type { Log } from "../../streams/component/context.js";
import { ConfigError, DisconnectedError, PartialWriteError } from "../../streams/component/errors.js";
import { contextFor, silentLog } from "../../streams/contract/context.js";
import type { Clock } from "../../streams/time/clock.js";
import type { InfluxDatabase } from "./database.js";
import { openInflux, type InfluxSettings } from "./open.js";

let server: LoopbackInflux;
let database: InfluxDatabase | undefined;

/** A clock that stands still until a test lets all that is due happen at once. */
const due = new Set<() => void>();
const clock: Clock = {
  ...contextFor().clock,
  after(_, call) {
    due.add(call);
    return () => due.delete(call);
  },
};

beforeEach(async () => {
  server = await startLoopbackInflux();
});
afterEach(async () => {
  database?.close();
  database = undefined;
  await server.close();
});

async function open(settings: Partial<InfluxSettings> = {}): Promise<InfluxDatabase> {
  database = await openInflux({
    url: server.url,
    token: "secret-token",
    org: "layer stream",
    bucket: "printing_metrics",
    log: silentLog,
    clock,
    ...settings,
  });
  return database;
}

const LINES = ["m,printer_id=a v=1 1", "m,printer_id=a v=2 2", "m,printer_id=b v=3 3"];

describe("openInflux", () => {
  it("writes lines as they are to the bucket, in one request", async () => {
    const { write } = await open();
    await write(LINES.join("\n"));
    expect(server.points()).toEqual(LINES);
    const [, request] = server.requests;
    expect(request!.url.pathname).toBe("/api/v2/write");
    expect(Object.fromEntries(request!.url.searchParams)).toEqual({
      org: "layer stream",
      bucket: "printing_metrics",
      precision: "ns",
    });
    expect(request!.headers.authorization).toBe("Token secret-token");
  });

  it.each([
    // The same server, by an address that says nothing of where it is.
    ["compresses large batches", "0.0.0.0", "gzip"],
    ["compresses nothing for a server on this machine", "127.0.0.1", undefined],
  ])("%s", async (_, host, encoding) => {
    const lines = Array.from({ length: 500 }, (_, i) => `m,printer_id=ä v=${i} ${i}`);
    await (await open({ url: server.url.replace("127.0.0.1", host) })).write(lines.join("\n"));
    expect(server.points()).toEqual(lines);
    expect(server.requests.at(-1)!.headers["content-encoding"]).toBe(encoding);
  });

  it("asks nothing for an empty batch", async () => {
    await (await open()).write("");
    expect(server.requests).toHaveLength(1);
  });

  it("keeps a path in the address and sends no token where there is none", async () => {
    const { address, write } = await open({ url: `${server.url}/proxy/`, token: "" });
    await write(LINES.join("\n"));
    expect(address).toBe(`${server.url}/proxy, bucket "printing_metrics"`);
    expect(server.requests[0]!.url.pathname).toBe("/proxy/api/v2/write");
    expect(server.requests[0]!.headers.authorization).toBeUndefined();
  });

  it.each([
    [401, /INFLUXDB_TOKEN/],
    [403, /may not write to bucket "printing_metrics".*INFLUXDB_TOKEN/],
    [404, /no bucket "printing_metrics" in organisation "layer stream".*INFLUXDB_BUCKET/],
  ])("does not start when the server answers %d, and says what to set", async (status, message) => {
    server.decide = () => ({ status, body: '{"code":"x","message":"said by the server"}' });
    const attempt = open();
    await expect(attempt).rejects.toThrow(ConfigError);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toThrow(/said by the server/);
    await expect(attempt).rejects.not.toThrow(/secret-token/);
  });

  it.each([401, 403, 404, 429, 500, 503])("keeps the rows when the server answers %d while running", async (status) => {
    const { write } = await open();
    server.decide = () => ({ status });
    await expect(write(LINES.join("\n"))).rejects.toThrow(DisconnectedError);
    server.decide = () => undefined;
    await write(LINES.join("\n"));
    expect(server.points()).toEqual(LINES);
  });

  it("keeps the rows when the connection breaks in the middle", async () => {
    const { write } = await open();
    server.decide = () => "cut";
    await expect(write(LINES.join("\n"))).rejects.toThrow(DisconnectedError);
    server.decide = () => undefined;
    await write(LINES.join("\n"));
    expect(server.points()).toEqual(LINES);
  });

  it.each([400, 422])("tells the bad line from the good ones when the server answers %d", async (status) => {
    const { write } = await open();
    server.decide = ({ lines }) =>
      lines.some((line) => line.includes("v=2")) ? { status, body: "field type conflict" } : undefined;
    const refused = await write(LINES.join("\n")).catch((cause: unknown) => (cause as PartialWriteError).refused);
    expect(refused).toEqual(new Map([[1, expect.stringContaining("field type conflict")]]));
    expect(server.points()).toEqual([LINES[0], LINES[2]]);
  });

  it("sends less at a time when the server answers 413", async () => {
    const { write } = await open();
    server.decide = ({ lines }) => (lines.length > 1 ? { status: 413 } : undefined);
    await write(LINES.join("\n"));
    expect([...server.points()].sort()).toEqual(LINES);
  });

  it("gives up waiting for a server that hangs", async () => {
    const { write } = await open();
    const reached = new Promise<void>((resolve) => {
      server.decide = () => {
        resolve();
        return "hang";
      };
    });
    const attempt = expect(write(LINES.join("\n"))).rejects.toThrow(/no answer within 10000 ms/);
    await reached;
    for (const call of due) call();
    await attempt;
    expect(due.size).toBe(0);
  });

  it("starts while the server is away, says so, and writes once it is there", async () => {
    const warnings: unknown[] = [];
    const log: Log = { ...silentLog, warn: (message, fields) => void warnings.push([message, fields]) };
    server.decide = () => ({ status: 503, body: "starting" });
    const { write } = await open({ log });
    expect(warnings).toEqual([
      ["database is away, rows wait for it", expect.objectContaining({ reason: expect.stringContaining("503") })],
    ]);
    server.decide = () => undefined;
    await write(LINES.join("\n"));
    expect(server.points()).toEqual(LINES);
  });

  it("starts while nobody listens", async () => {
    await server.close();
    const { write, ping } = await open();
    await expect(ping()).rejects.toThrow(/ECONNREFUSED/);
    await expect(write(LINES.join("\n"))).rejects.toThrow(DisconnectedError);
  });

  it.each([
    ["ftp://host", "", /INFLUXDB_URL "ftp:\/\/host": write it as http/],
    ["localhost:8086", "", /INFLUXDB_URL/],
    ["not a url", "", /INFLUXDB_URL/],
    ["http://user:pass@host", "", /put the token into INFLUXDB_TOKEN/],
    ["http://host", "two\nlines", /INFLUXDB_TOKEN has a space/],
  ])("refuses the address %s with the token %j before asking anyone", async (url, token, message) => {
    await expect(open({ url, token })).rejects.toThrow(message);
  });
});
