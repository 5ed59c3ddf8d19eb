import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import {
  AuthorizationError,
  connect,
  credsAuthenticator,
  type ConnectionOptions,
  type NatsConnection,
} from "@nats-io/transport-node";
import type { Log } from "../../streams/component/context.js";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import type { Cancel, Clock } from "../../streams/time/clock.js";
import { pauseBefore } from "../back-off.js";
import { parseNatsAddress, type NatsAddress, type NatsLogin } from "./address.js";
import { atLeast } from "./version.js";

/** Waiting for the first answer of a server, ms. */
const ANSWER_WITHIN = 5_000;
/** Between attempts, ms at most: others wait for what this instance holds. */
const LONGEST_PAUSE = 5_000;
/** A server that does not answer pings for two of these, ms, is left. */
const PING_EVERY = 5_000;
/** The oldest that the tests run against. */
const OLDEST = "2.9.0";

export interface NatsSettings extends NatsLogin {
  /** How the server lists us. */
  readonly name: string;
  readonly log: Log;
  readonly clock: Clock;
  /** A number in [0, 1), for the pauses between attempts. */
  readonly random: () => number;
}

/** One connection to a nats-server or cluster with JetStream. It is made again whenever it breaks, for ever. */
export interface Nats {
  /** `nats://127.0.0.1:4222`, without secrets. */
  readonly address: string;
  readonly connection: NatsConnection;
  readonly streams: JetStreamManager;
  readonly jetstream: JetStreamClient;
  /** Whether the connection stands at this moment. */
  readonly connected: boolean;
  /** Of the server that we are connected to: `"2.10.0"`. */
  version(): string;
  /** Whether the server that we are connected to is of this version or later: `"2.10.0"`. */
  atLeast(version: string): boolean;
  /** Calls whenever a connection that was broken is there again, to another server perhaps. */
  onReconnect(call: () => void): Cancel;
  close(): Promise<void>;
}

/**
 * Tries until it is connected or `stop` aborts; then it rejects with the reason of the signal. Throws ConfigError for a
 * bad address, a refused login, and a server that is too old or has no JetStream.
 */
export async function openNats(settings: NatsSettings, stop: AbortSignal): Promise<Nats> {
  const { log, clock, random } = settings;
  const address = parseNatsAddress(settings);
  const options = optionsOf(settings, address);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await attach(await connect(options), address, log);
    } catch (cause) {
      if (cause instanceof ConfigError) throw cause;
      if (isLoginRefused(cause)) throw new ConfigError(loginRefused(address), { cause });
      if (attempt === 0) {
        log.warn("NATS is away, trying again", { server: address.url, reason: messageOf(cause) });
      }
    }
    await clock.sleep(pauseBefore(attempt, random, LONGEST_PAUSE), stop);
    stop.throwIfAborted();
  }
}

function optionsOf({ name, random }: NatsSettings, address: NatsAddress): ConnectionOptions {
  const { username, password, credentials } = address;
  let attempt = 0;
  return {
    name,
    servers: [...address.servers],
    timeout: ANSWER_WITHIN,
    pingInterval: PING_EVERY,
    maxPingOut: 2,
    // The client's own number is 10, after which it gives up without a word.
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    // A stack trace a request, in case it fails, takes a fifteenth of all CPU time while a backlog is read.
    noAsyncTraces: true,
    // Asked once an attempt. The bound grows over the first few and is small, so it need not be reset.
    reconnectDelayHandler: () => pauseBefore(Math.min(attempt++, 4), random, LONGEST_PAUSE),
    ...(address.secure && { tls: { ...(address.ca !== undefined && { ca: address.ca }) } }),
    ...(username !== undefined && { user: username, pass: password ?? "" }),
    ...(credentials !== undefined && { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
  };
}

async function attach(connection: NatsConnection, address: NatsAddress, log: Log): Promise<Nats> {
  const version = () => connection.info?.version ?? "0.0.0";
  try {
    if (!atLeast(version(), OLDEST)) {
      throw new ConfigError(`nats-server at ${address.url} is ${version()}; it must be ${OLDEST} or later`);
    }
    if (connection.info?.jetstream !== true) {
      throw new ConfigError(`nats-server at ${address.url} has JetStream off; start it with --jetstream`);
    }
    const streams = await jetstreamManager(connection);
    log.info("NATS is connected", { server: address.url, version: version() });
    const listeners = new Set<() => void>();
    const line = { connected: true };
    void tellOf(connection, address.url, log, line, listeners);
    return {
      get connected() {
        return line.connected;
      },
      address: address.url,
      connection,
      streams,
      jetstream: jetstream(connection),
      version,
      atLeast: (wanted) => atLeast(version(), wanted),
      onReconnect(call) {
        listeners.add(call);
        return () => listeners.delete(call);
      },
      close: () => connection.close(),
    };
  } catch (cause) {
    await connection.close();
    throw cause;
  }
}

/** Says in the log what becomes of a connection; ends with it. */
async function tellOf(
  connection: NatsConnection,
  server: string,
  log: Log,
  line: { connected: boolean },
  listeners: ReadonlySet<() => void>,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect") {
      line.connected = false;
      log.warn("NATS is away, trying again", { server });
    }
    if (status.type === "reconnect") {
      line.connected = true;
      log.info("NATS is back", { server: status.server });
      for (const call of listeners) call();
    }
    if (status.type === "error") log.warn("NATS complains", { server, reason: status.error.message });
  }
}

function isLoginRefused(cause: unknown): boolean {
  return cause instanceof AuthorizationError || (cause instanceof Error && cause.cause instanceof AuthorizationError);
}

function loginRefused({ url, username, credentials }: NatsAddress): string {
  const who =
    username !== undefined ? ` for user "${username}"` : credentials !== undefined ? " for NATS_CREDENTIALS" : "";
  return `nats-server at ${url} refused the login${who}; check NATS_USERNAME and NATS_PASSWORD, or NATS_CREDENTIALS`;
}
