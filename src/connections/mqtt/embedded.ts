import { createServer, type Server, type AddressInfo, type Socket } from "node:net";
import { Aedes, type AedesPublishPacket, type Client } from "aedes";
import type { Log } from "../../streams/component/context.js";
import { ConfigError, DisconnectedError, messageOf } from "../../streams/component/errors.js";
import { type Clock, systemClock } from "../../streams/time/clock.js";
import type { Incoming, MqttBroker, Outgoing, Subscription } from "./broker.js";
import { plainFilter } from "./filters.js";
import { Inbox } from "./inbox.js";

/** A subscriber outside that takes nothing for so many ms is cut off, because publishing waits for it. */
const TAKE_WITHIN = 5_000;
/** The code of a CONNACK that refuses the version of the protocol (MQTT 3.1.1, section 3.2.2.3). */
const VERSION_REFUSED = 1;
const PORT_TAKEN = "EADDRINUSE";
/** Ports that are tried one after the other. */
const ATTEMPTS = 100;

export interface EmbeddedOptions {
  /** Anyone who reaches it may read and write everything: keep it on loopback. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Takes the next free port where this one is in use. */
  readonly fallbackToFreePort: boolean;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface EmbeddedBroker {
  readonly broker: MqttBroker;
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** What aedes keeps retained messages in; its types leave it out. */
interface Persistence {
  createRetainedStreamCombi(filters: readonly string[]): AsyncIterable<{ topic: string; payload: Buffer; qos: number }>;
}

/**
 * A broker inside this process, for one machine and for trying things out. It listens for printers and dashboards outside,
 * and our own sources and sinks reach it without a socket. It knows MQTT 3.1.1 and keeps everything in memory: what was
 * not taken in when the process ends is gone.
 *
 * Publishing waits until each subscription inside has room, and an outside publisher is read no further until then.
 */
export async function startEmbeddedBroker(options: EmbeddedOptions): Promise<EmbeddedBroker> {
  const { host, log, clock = systemClock } = options;
  // No bound on messages under way: one subscriber that is full must not hold up what others are to be told.
  const aedes = await Aedes.createBroker({ concurrency: 0, drainTimeout: TAKE_WITHIN });
  const sockets = new Set<Socket>();
  // An answer must not wait until a client has acknowledged what it was sent before: TCP holds that back for 40 ms.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
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
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await ended;
  };
  const broker: MqttBroker = {
    address,
    subscribe: (subscription, until) =>
      subscribe(aedes, subscription, AbortSignal.any([until, stop.signal]), clock, log),
    publish: (message) => publish(aedes, message),
    close,
  };
  return { broker, address, port, close };
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
  { filters, qos, session, limit }: Subscription,
  stop: AbortSignal,
  clock: Clock,
  log: Log,
): AsyncGenerator<readonly Incoming[], void> {
  const inbox = new Inbox<Incoming>({ session, limit, clock, log });
  const plain = filters.map(plainFilter);
  let last: AedesPublishPacket | undefined;
  const deliver = (packet: AedesPublishPacket, done: () => void): void => {
    // aedes calls once for each filter that matches.
    if (packet === last) {
      done();
      return;
    }
    last = packet;
    inbox.deliver(incoming(packet, Math.min(packet.qos, qos), false), done);
  };
  for (const filter of plain) aedes.subscribe(filter, deliver, () => undefined);
  try {
    const { persistence } = aedes as unknown as { persistence: Persistence };
    for await (const packet of persistence.createRetainedStreamCombi(plain)) {
      inbox.deliver(incoming(packet, Math.min(packet.qos, qos), true), () => undefined);
    }
    for (;;) {
      const batch = await inbox.next(stop);
      if (batch.length === 0) return;
      yield batch;
    }
  } finally {
    for (const filter of plain) aedes.unsubscribe(filter, deliver, () => undefined);
    inbox.close();
  }
}

function incoming(
  { topic, payload }: { topic: string; payload: string | Buffer },
  qos: number,
  retain: boolean,
): Incoming {
  return {
    topic,
    payload: typeof payload === "string" ? Buffer.from(payload) : payload,
    qos: qos as Incoming["qos"],
    retain,
  };
}

function publish(aedes: Aedes, { topic, payload, qos, retain }: Outgoing): Promise<void> {
  return new Promise((resolve, reject) => {
    aedes.publish({ cmd: "publish", topic, payload: Buffer.from(payload), qos, retain, dup: false }, (error) => {
      if (!error) resolve();
      else if (aedes.closed) reject(new DisconnectedError("the embedded broker is closed", { cause: error }));
      else reject(new Error(`the embedded broker cannot publish to ${topic}: ${error.message}`, { cause: error }));
    });
  });
}
