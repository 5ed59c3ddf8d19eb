import type { Socket } from "node:net";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { IConnackPacket } from "mqtt-packet";
import { type ConfigError, messageOf } from "../../streams/component/errors.js";
import type { Log } from "../../streams/component/context.js";
import type { Clock } from "../../streams/time/clock.js";
import type { Address } from "./address.js";
import type { Announcer } from "./announcer.js";
import { pauseBefore } from "../back-off.js";
import type { SessionMemory } from "./session-memory.js";
import { isVersionRefused, reasonText, refusalOf } from "./refusal.js";

/** Waiting for the broker's first answer, ms. */
const ANSWER_WITHIN = 10_000;
/** A connection that lived so long, ms, was a good one: the pauses begin anew. */
const GOOD_AFTER = 10_000;
/** A broker that does not close its end in so many ms is left. */
const GOODBYE_WITHIN = 1_000;
/** MQTT 5: another client has connected with our client id. */
const TAKEN_OVER = 142;

/** What all connections to one broker share. */
export interface BrokerSide {
  readonly address: Address;
  readonly clock: Clock;
  readonly log: Log;
  readonly announcer: Announcer;
  readonly memory: SessionMemory | undefined;
  /** A number in [0, 1), for the pauses between attempts. */
  readonly random: () => number;
  /** The version of MQTT that the broker was found to speak: 5 until it refuses it. */
  version: 4 | 5;
}

/** Whoever uses a link. */
export interface LinkUser {
  /** A connection is about to be made; no message has come yet. */
  attach(client: MqttClient): void;
  /** The broker knows us; called before any message comes. */
  accepted(connack: IConnackPacket): void;
  /** Packets may be sent. */
  up(client: MqttClient): void;
  /** The connection has ended, or could not be made. */
  down(reason: string): void;
  /** There will be no other attempt. */
  failed(refusal: ConfigError): void;
}

interface Ended {
  readonly accepted: boolean;
  readonly cause: unknown;
}

/**
 * One connection to a broker, made again whenever it breaks. Each attempt is a new MQTT.js client that never reconnects by
 * itself: its own pauses are of one length, and it resends what its callers were long since told is lost.
 */
export class Link {
  readonly #side: BrokerSide;
  readonly #options: IClientOptions;
  readonly #user: LinkUser;
  readonly #stop = new AbortController();
  #client: MqttClient | undefined;
  #everAccepted = false;
  #done: Promise<void> | undefined;

  constructor(side: BrokerSide, options: IClientOptions, user: LinkUser) {
    this.#side = side;
    this.#options = options;
    this.#user = user;
  }

  open(): void {
    this.#side.announcer.connecting(this);
    this.#done ??= this.#keepUp();
  }

  /** Ends the connection that there is, so that a new one is made. */
  renew(): void {
    this.#client?.end(true);
  }

  /** Says goodbye, so that no last will is published, and makes no further connection. */
  async close(): Promise<void> {
    this.#stop.abort();
    const client = this.#client;
    if (client?.connected) client.end(false);
    else client?.end(true);
    const gone = new AbortController();
    void this.#done?.finally(() => gone.abort());
    if (this.#done) await this.#side.clock.sleep(GOODBYE_WITHIN, gone.signal);
    if (!gone.signal.aborted) client?.stream.destroy();
    this.#side.announcer.ended(this);
  }

  async #keepUp(): Promise<void> {
    const { clock, announcer, random } = this.#side;
    for (let attempt = 0; !this.#stopped(); attempt++) {
      const version = this.#side.version;
      const began = clock.now();
      const { accepted, cause } = await this.#attempt();
      if (this.#stopped()) break;
      if (this.#tryOtherVersion(accepted, cause, version)) continue;
      const refusal = refusalOf(cause, this.#side.address);
      // Once it has worked the settings cannot be all wrong: a broker that restarts may refuse logins for a while.
      if (refusal && !this.#everAccepted) {
        announcer.ended(this);
        this.#user.failed(refusal);
        return;
      }
      const reason = refusal ? refusal.message : reasonText(cause);
      announcer.away(this, reason);
      this.#user.down(reason);
      if (accepted && clock.now() - began > GOOD_AFTER) attempt = 0;
      await clock.sleep(pauseBefore(attempt, random), this.#stop.signal);
    }
    this.#user.down("closed");
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** A broker older than MQTT 5 says so, or hangs up without a word. */
  #tryOtherVersion(accepted: boolean, cause: unknown, tried: 4 | 5): boolean {
    const { log, address } = this.#side;
    if (tried === 4 || accepted || this.#everAccepted) return false;
    if (!isVersionRefused(cause) && cause !== undefined) return false;
    if (this.#side.version === 5) log.info("MQTT broker does not speak MQTT 5, using 3.1.1", { address: address.url });
    this.#side.version = 4;
    return true;
  }

  #attempt(): Promise<Ended> {
    return new Promise((resolve) => {
      let accepted = false;
      let cause: unknown;
      const client = this.#connect();
      if (client instanceof Error) {
        resolve({ accepted, cause: client });
        return;
      }
      this.#client = client;
      this.#user.attach(client);
      client.once("packetreceive", (packet) => {
        if (packet.cmd !== "connack" || (packet.reasonCode ?? packet.returnCode ?? 0) !== 0) return;
        accepted = this.#everAccepted = true;
        this.#user.accepted(packet);
      });
      client.on("connect", () => {
        // Otherwise an adjustment waits up to 40 ms for the acknowledgement of what was sent before. Websockets have no such thing.
        (client.stream as Partial<Socket>).setNoDelay?.(true);
        this.#side.announcer.connected(this, this.#side.version);
        this.#user.up(client);
      });
      client.on("disconnect", ({ reasonCode }) => {
        cause ??= new Error(`the broker ended the connection, reason ${reasonCode ?? 0}`);
        if (reasonCode === TAKEN_OVER) this.#sayTakenOver();
      });
      client.on("error", (error) => {
        cause ??= error;
        client.end(true);
      });
      client.on("close", () => {
        this.#client = undefined;
        resolve({ accepted, cause });
      });
    });
  }

  #connect(): MqttClient | Error {
    const { address, version } = this.#side;
    const { properties, ...options } = this.#options;
    try {
      return connect(address.url, {
        ...options,
        ...(version === 5 && properties && { properties }),
        ...(address.username !== undefined && { username: address.username }),
        ...(address.password !== undefined && { password: address.password }),
        ...address.tls,
        protocolVersion: version,
        reconnectPeriod: 0,
        resubscribe: false,
        connectTimeout: ANSWER_WITHIN,
        // Otherwise several messages are formatted for each packet and then thrown away.
        log: () => undefined,
      });
    } catch (cause) {
      return cause instanceof Error ? cause : new Error(messageOf(cause));
    }
  }

  #sayTakenOver(): void {
    this.#side.log.error("another client has taken our MQTT session: give each instance a session of its own", {
      address: this.#side.address.url,
      clientId: this.#options.clientId,
    });
  }
}
