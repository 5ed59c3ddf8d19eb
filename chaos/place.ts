import { setTimeout as pause } from "node:timers/promises";
import { Mosquitto, mosquittoProgram } from "../test/mosquitto.js";
import { natsProgram, NatsServer } from "../test/nats-process.js";
import { until } from "../test/program.js";
import { startVictoriaMetrics, type VictoriaMetrics, victoriaMetricsProgram } from "../test/victoria-metrics.js";
import { Commands } from "./commands.js";
import type { Farm } from "./farm.js";
import { Feed } from "./feed.js";
import { Gate } from "./gate.js";
import { Instance } from "./instance.js";
import { GROUP, hasWorked, readsMqtt } from "./shares.js";

/** The broker loses nothing to a full queue, has as much under way as its reader likes, and holds nothing back. */
const BROKER = ["max_queued_messages 0", "max_queued_bytes 0", "max_inflight_messages 0", "set_tcp_nodelay true"];
/** Longer than printers have to be silent for their windows to close, and than a window waits for late readings. ms */
export const WINDOWS_CLOSED = 17_000;
const LOOK_EVERY = 500;
/** From taking the lease to a session at the broker; what is published before that goes to no one. ms */
const SUBSCRIBED = 2_000;

export interface PlaceOptions {
  /** With a nats-server, which the instances share. */
  readonly nats?: boolean | undefined;
  /** How many there are; more than one need the nats-server. */
  readonly instances?: number;
  /** STATE_DIR of the only instance, where it is not to be one of its own that is removed in the end. */
  readonly folder?: string | undefined;
}

/** A broker, a database, perhaps a nats-server of their own, and instances of the program among them. */
export class Place {
  static readonly #open = new Set<Place>();
  readonly #feeds: Feed[] = [];

  private constructor(
    readonly broker: Mosquitto,
    readonly database: VictoriaMetrics,
    readonly gate: Gate,
    readonly commands: Commands,
    readonly nats: NatsServer | undefined,
    readonly instances: readonly Instance[],
  ) {}

  static async open({ nats = false, instances = 1, folder }: PlaceOptions = {}): Promise<Place> {
    const missing = cannotOpen() ?? (nats ? cannotOpenNats() : undefined);
    if (missing !== undefined) throw new Error(missing);
    const broker = await Mosquitto.start({}, undefined, BROKER);
    const database = await startVictoriaMetrics(victoriaMetricsProgram!, { keepRepeats: true });
    const gate = await Gate.open(database.url);
    const commands = await Commands.listen(broker.url);
    const server = nats ? await NatsServer.start() : undefined;
    const settings = {
      MQTT_URL: broker.url,
      INFLUXDB_URL: gate.url,
      // Which partitions change hands is said at this level alone.
      ...(server && { NATS_URL: server.url, CONSUMER_GROUP: GROUP, LOG_LEVEL: "debug" }),
    };
    const made = await Promise.all(Array.from({ length: instances }, () => Instance.make(settings, folder)));
    const place = new Place(broker, database, gate, commands, server, made);
    Place.#open.add(place);
    return place;
  }

  /** For whoever interrupts: leaves no process and no folder behind. */
  static async closeAll(): Promise<void> {
    await Promise.all([...Place.#open].map((place) => place.close()));
  }

  /** The only one, or the first. */
  get instance(): Instance {
    return this.instances[0]!;
  }

  /** Printers that publish to this broker from now on. */
  async feed(farm: Farm): Promise<Feed> {
    const feed = await Feed.start(this.broker.url, farm);
    this.#feeds.push(feed);
    return feed;
  }

  /** Starts every instance; resolves when all of them run, and work over the nats-server where there is one. */
  async start(): Promise<void> {
    await Promise.all(
      this.instances.map(async (instance) => {
        instance.start();
        await this.atWork(instance);
      }),
    );
    if (!this.nats) return;
    await until(() => this.instances.some(({ program }) => readsMqtt(program)));
    await pause(SUBSCRIBED);
  }

  /** Resolves when an instance that was started runs, and has partitions to work on where it shares them. */
  async atWork({ program }: Instance): Promise<void> {
    await program.line("running");
    if (this.nats) await until(() => hasWorked(program));
  }

  /** Ends every instance as whoever runs it would. */
  async end(): Promise<void> {
    await Promise.all(this.instances.map(({ program }) => program.end("SIGINT")));
  }

  /** Resolves when the database has been given nothing new for `quiet` ms, or after `within` ms. */
  async settled(quiet: number, within = 180_000): Promise<void> {
    const giveUp = Date.now() + within;
    let [before, since] = [-1, Date.now()];
    while (Date.now() - since < quiet && Date.now() < giveUp) {
      const inserted = await this.#inserted();
      if (inserted !== before) [before, since] = [inserted, Date.now()];
      await pause(LOOK_EVERY);
    }
  }

  async close(): Promise<void> {
    if (!Place.#open.delete(this)) return;
    for (const instance of this.instances) await instance.close();
    for (const feed of this.#feeds) await feed.close();
    await this.commands.close();
    await this.gate.close();
    await this.broker.remove();
    await this.nats?.remove();
    await this.database.close();
  }

  async #inserted(): Promise<number> {
    const text = await (await fetch(`${this.database.url}/metrics`)).text();
    return Number(/^vm_rows_inserted_total\{type="influx"\} (\S+)/m.exec(text)?.[1] ?? 0);
  }
}

/** What is missing on this machine, where something is. */
export function cannotOpen(): string | undefined {
  return mosquittoProgram && victoriaMetricsProgram
    ? undefined
    : "it needs mosquitto and victoria-metrics: apt-get install mosquitto victoria-metrics";
}

/** The same for places with a nats-server. */
export function cannotOpenNats(): string | undefined {
  return natsProgram ? undefined : "it needs nats-server: apt-get install nats-server";
}
