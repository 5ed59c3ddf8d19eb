import { createServer, type Server, type AddressInfo, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { Aedes, type Client } from "aedes";
import type { Log } from "../../streams/component/context.js";
import { ConfigError, DisconnectedError, messageOf } from "../../streams/component/errors.js";
import { type Clock, systemClock } from "../../streams/time/clock.js";
import type { Incoming, MqttBroker, Outgoing, Qos, Subscription } from "./broker.js";
import { plainFilter } from "./filters.js";
import { Inbox } from "./inbox.js";
import { type Delivery, type Reader, Readers } from "./readers.js";

/** A subscriber outside that takes nothing for so many ms is cut off, because publishing waits for it. */
const TAKE_WITHIN = 5_000;
/** The code of a CONNACK that refuses the version of the protocol (MQTT 3.1.1, section 3.2.2.3). */
const VERSION_REFUSED = 1;
const PORT_TAKEN = "EADDRINUSE";
/** Ports that are tried one after the other. */
const ATTEMPTS = 100;
const OWN_TOPICS = "$SYS/";

export interface EmbeddedOptions {
  /** Anyone who reaches it may read and write everything: keep it on loopback. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Takes the next free port where this one is in use. */
  readonly fallbackToFreePort: boolean;
  /** Those outside wait until `admit` is called: what they published before the readers read would be for nobody. */
  readonly wait?: boolean;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface EmbeddedBroker {
  readonly broker: MqttBroker;
  readonly address: string;
  readonly port: number;
  admit(): void;
  close(): Promise<void>;
}

/** What aedes keeps retained messages in; its types leave it out. */
interface Persistence {
  createRetainedStreamCombi(filters: readonly string[]): AsyncIterable<{ topic: string; payload: Buffer; qos: number }>;
}

/**
 * A broker inside this process, for one machine and for trying things out. It listens for printers and dashboards outside,
 * and our own sources and sinks reach it without a socket. It knows MQTT 3.1.1 and keeps everything in memory. When the
 * process ends, what those outside sent with QoS 1 or 2 and was not taken in is theirs to send again; the rest is gone.
 *
 * aedes serves those outside. Readers inside are given each message before aedes is: it acknowledges a message and only
 * then passes it on, but one from outside must be acknowledged when the readers have taken it in, and not before. Until
 * then its publisher is read no further. Publishing inside waits until each reader has room.
 */
export async function startEmbeddedBroker(options: EmbeddedOptions): Promise<EmbeddedBroker> {
  const { host, log, clock = systemClock } = options;
  // No bound on messages under way: one subscriber that is full must not hold up what others are to be told.
  const readers = new Readers();
  const aedes = await Aedes.createBroker({
    concurrency: 0,
    drainTimeout: TAKE_WITHIN,
    authorizePublish(_, packet, done) {
      if (packet.topic.startsWith(OWN_TOPICS)) done(new Error(`topics below ${OWN_TOPICS} are the broker's own`));
      else readers.deliver(incoming(packet, packet.qos, false), "taken", done);
    },
  });
  let outside = false;
  aedes.once("client", () => (outside = true));
  let admitted = !options.wait;
  const sockets = new Set<Socket>();
  // An answer must not wait until a client has acknowledged what it was sent before: TCP holds that back for 40 ms.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    if (admitted) aedes.handle(socket);
  });
  const admit = (): void => {
    admitted = true;
    for (const socket of sockets) aedes.handle(socket);
  };
  aedes.on("connectionError", (_, error: Error & { errorCode?: number }) => {
    if (error.errorCode === VERSION_REFUSED)
      log.warn("refused a client: the embedded broker speaks MQTT 3.1.1, set that in the client or set MQTT_URL");
    else log.debug("a client could not connect", { reason: error.message });
  });
  aedes.on("clientError", (client: Client, error: Error) =>
    log.debug("a client had trouble", { client: client.id, reason: error.message }),
  );
  const port = await listen(server, options).catch((cause: unknown) => {
    aedes.close();
    throw cause;
  });
  const address = `mqtt://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const stop = new AbortController();
  const close = async (): Promise<void> => {
    if (stop.signal.aborted) return;
    stop.abort();
    // The last acknowledgements leave at the end of this turn.
    await setImmediate();
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await ended;
  };
  const broker: MqttBroker = {
    address,
    subscribe: (subscription, until) =>
      subscribe(aedes, readers, subscription, AbortSignal.any([until, stop.signal]), clock, log),
    publish: (message) => publish(aedes, readers, outside, message),
    close,
  };
  return { broker, address, port, admit, close };
}

async function listen(server: Server, { host, port, fallbackToFreePort }: EmbeddedOptions): Promise<number> {
  const last = fallbackToFreePort && port !== 0 ? Math.min(port + ATTEMPTS, 65_536) : port + 1;
  for (let candidate = port; candidate < last; candidate++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(candidate, host, () => {
          server.off("error", reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (cause) {
      if ((cause as { code?: unknown }).code === PORT_TAKEN) continue;
      throw new ConfigError(`the embedded broker cannot listen on ${host}:${candidate}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  throw new ConfigError(`port ${port} is in use: stop what listens there, or set MQTT_URL to use it as the broker`);
}

async function* subscribe(
  aedes: Aedes,
  readers: Readers,
  { filters, qos, session, limit, line }: Subscription,
  stop: AbortSignal,
  clock: Clock,
  log: Log,
): AsyncGenerator<readonly Incoming[], void> {
  const inbox = new Inbox<Delivery>({ session, limit, clock, log });
  const plain = filters.map(plainFilter);
  const reader: Reader = { session, filters: plain, qos, inbox };
  let out: readonly Delivery[] = [];
  readers.add(reader);
  if (line) line.stands = true;
  try {
    const { persistence } = aedes as unknown as { persistence: Persistence };
    for await (const packet of persistence.createRetainedStreamCombi(plain)) {
      inbox.deliver(incoming(packet, Math.min(packet.qos, qos), true), () => undefined);
    }
    for (;;) {
      out = await inbox.next(stop);
      if (out.length === 0) return;
      yield out;
      for (const { taken } of out) taken?.();
      out = [];
    }
  } finally {
    if (line) line.stands = false;
    readers.delete(reader, [...out, ...inbox.close()]);
  }
}

interface Packet {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly dup?: boolean;
}

function incoming({ topic, payload, dup = false }: Packet, qos: number, retain: boolean): Incoming {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  return { topic, payload: bytes, qos: qos as Qos, retain, dup };
}

/** @param outside whether there may be subscribers that aedes serves */
function publish(
  aedes: Aedes,
  readers: Readers,
  outside: boolean,
  { topic, payload, qos, retain }: Outgoing,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const told = outside || retain || aedes.closed;
    let left = told ? 2 : 1;
    const done = (error?: Error): void => {
      if (aedes.closed) reject(new DisconnectedError("the embedded broker is closed", { cause: error }));
      else if (error)
        reject(new Error(`the embedded broker cannot publish to ${topic}: ${error.message}`, { cause: error }));
      else if (--left === 0) resolve();
    };
    const packet = { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain, dup: false } as const;
    if (told) aedes.publish(packet, done);
    readers.deliver(retain ? { ...packet, retain: false } : packet, "admitted", done);
  });
}
