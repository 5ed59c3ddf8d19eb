import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { InfluxDB, type Transport } from "@influxdata/influxdb-client";
import type { Log } from "../../streams/component/context.js";
import { ConfigError, DisconnectedError } from "../../streams/component/errors.js";
import type { Clock } from "../../streams/time/clock.js";
import { readFailure, type Answer } from "./answer.js";
import type { InfluxDatabase } from "./database.js";
import { writeNarrowing } from "./narrow.js";

/** A write that has no answer after so long is given up and tried again. */
const WRITE_TIMEOUT = 10_000;
/** A start is held up no longer by a server that hangs. */
const PING_TIMEOUT = 3_000;
/** Smaller bodies go as they are: compressing them costs more than it saves. */
const GZIP_ABOVE_BYTES = 1000;
/** Nor does anything travel far to a server on this machine. */
const LOOPBACK = /^(127(\.\d+){3}|\[::1\]|localhost)$/;

export interface InfluxSettings {
  /** `http://127.0.0.1:8086` or https, with a path if the server lives behind one. */
  readonly url: string;
  /** Empty for a server that asks for none. */
  readonly token: string;
  readonly org: string;
  readonly bucket: string;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * Opens the database and asks whether it would let us write. Throws ConfigError where the settings are wrong for sure;
 * a server that is merely away is said in the log, and rows wait for it.
 */
export async function openInflux(settings: InfluxSettings): Promise<InfluxDatabase> {
  const database = connect(settings);
  try {
    await database.ping();
  } catch (cause) {
    if (!(cause instanceof DisconnectedError)) {
      database.close();
      throw cause;
    }
    settings.log.warn("database is away, rows wait for it", { database: database.address, reason: cause.message });
  }
  return database;
}

function connect(settings: InfluxSettings): InfluxDatabase {
  const { org, bucket, token, clock } = settings;
  const url = readUrl(settings.url);
  const agent = url.protocol === "https:" ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const transport = openTransport(url, token, agent);
  const named = { url: url.origin, org, bucket };
  const path = `/api/v2/write?${new URLSearchParams({ org, bucket, precision: "ns" }).toString()}`;

  /**
   * One request, one answer. The client's own WriteApi is left aside: it batches and retries by itself, lets go of lines
   * when its retry buffer is full, and its close() resolves while batches are still on their way.
   */
  async function send(lines: string, timeout = WRITE_TIMEOUT): Promise<Answer> {
    const giveUp = new AbortController();
    const cancel = clock.after(timeout, () => giveUp.abort());
    try {
      await transport.request(path, lines, {
        method: "POST",
        headers: { "content-type": "text/plain; charset=utf-8" },
        ...(!LOOPBACK.test(url.hostname) && { gzipThreshold: GZIP_ABOVE_BYTES }),
        signal: giveUp.signal,
      });
      return { is: "taken" };
    } catch (cause) {
      return giveUp.signal.aborted
        ? { is: "away", reason: `no answer within ${timeout} ms` }
        : readFailure(cause, named);
    } finally {
      cancel();
    }
  }

  const address = `${url.origin}${url.pathname.replace(/\/$/, "")}, bucket "${bucket}"`;
  return {
    address,
    write: (lines) => (lines === "" ? Promise.resolve() : writeNarrowing(lines, (some) => send(some))),
    async ping() {
      // An empty write: token, organisation and bucket are looked at before the lines, and that there are none is
      // answered with 204 by VictoriaMetrics and with 400 by InfluxDB.
      const answer = await send("", PING_TIMEOUT);
      if (answer.is === "forbidden") throw new ConfigError(`InfluxDB at ${url.origin}: ${answer.reason}`);
      if (answer.is === "away") throw new DisconnectedError(`InfluxDB at ${url.origin}: ${answer.reason}`);
    },
    close: () => agent.destroy(),
  };
}

function openTransport(url: URL, token: string, agent: HttpAgent): Transport {
  // In a header these would throw in the middle of a write, out of everyone's reach.
  if (/[^\x21-\x7e]/.test(token)) {
    throw new ConfigError("INFLUXDB_TOKEN has a space or another sign that no token has; copy it again");
  }
  // The client reads the address with the parser of old, which takes a login for a part of the host.
  const address = `${url.origin}${url.pathname}`;
  return new InfluxDB({
    url: address,
    ...(token && { token }),
    // Its timeout reports and leaves the request hanging; ours ends it.
    timeout: 0,
    transportOptions: { agent },
  }).transport;
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new ConfigError(
      `INFLUXDB_URL "${text.replace(/\/\/.*@/, "//…@")}": write it as http://127.0.0.1:8086 or https://…`,
    );
  }
  if (url.username || url.password) {
    throw new ConfigError("INFLUXDB_URL holds a login; take it out and put the token into INFLUXDB_TOKEN");
  }
  return url;
}
