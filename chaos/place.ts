import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Mosquitto, mosquittoProgram } from "../test/mosquitto.js";
import { Program } from "../test/program.js";
import { startVictoriaMetrics, type VictoriaMetrics, victoriaMetricsProgram } from "../test/victoria-metrics.js";
import { Commands } from "./commands.js";
import type { Farm } from "./farm.js";
import { Feed } from "./feed.js";
import { Gate } from "./gate.js";

/** npm starts everything in the folder of the package. */
const [MAIN, QUALITY] = [resolve("dist/main.js"), resolve("config/pipelines/quality.yaml")];
/** The broker loses nothing to a full queue, has as much under way as its reader likes, and holds nothing back. */
const BROKER = ["max_queued_messages 0", "max_queued_bytes 0", "max_inflight_messages 0", "set_tcp_nodelay true"];
/** Longer than printers have to be silent for their windows to close, and than a window waits for late readings. ms */
export const WINDOWS_CLOSED = 17_000;
const LOOK_EVERY = 500;

/** A broker, a database, a state folder of their own, and the program among them. */
export class Place {
  static readonly #open = new Set<Place>();
  /** Every process of the program that ran here, the newest last. */
  readonly runs: Program[] = [];
  readonly #feeds: Feed[] = [];

  private constructor(
    readonly broker: Mosquitto,
    readonly database: VictoriaMetrics,
    readonly gate: Gate,
    readonly commands: Commands,
    readonly folder: string,
    readonly own: boolean,
  ) {}

  /** @param folder the program's STATE_DIR, where it is not to be one of its own that is removed in the end */
  static async open(folder?: string): Promise<Place> {
    const missing = cannotOpen();
    if (missing !== undefined) throw new Error(missing);
    const broker = await Mosquitto.start({}, undefined, BROKER);
    const database = await startVictoriaMetrics(victoriaMetricsProgram!, { keepRepeats: true });
    const gate = await Gate.open(database.url);
    const commands = await Commands.listen(broker.url);
    const own = folder === undefined;
    folder ??= await mkdtemp(join(tmpdir(), "chaos-"));
    const place = new Place(broker, database, gate, commands, folder, own);
    Place.#open.add(place);
    return place;
  }

  /** For whoever interrupts: leaves no process and no folder behind. */
  static async closeAll(): Promise<void> {
    await Promise.all([...Place.#open].map((place) => place.close()));
  }

  get program(): Program {
    return this.runs.at(-1)!;
  }

  /** Printers that publish to this broker from now on. */
  async feed(farm: Farm): Promise<Feed> {
    const feed = await Feed.start(this.broker.url, farm);
    this.#feeds.push(feed);
    return feed;
  }

  /** Starts the program (again), with the same state. Does not wait until it runs. */
  start(): Program {
    const settings = { STATE_DIR: this.folder, MQTT_URL: this.broker.url, INFLUXDB_URL: this.gate.url };
    const program = new Program(settings, ["run", QUALITY], tmpdir(), MAIN);
    this.runs.push(program);
    return program;
  }

  /** Kills the program; resolves when it is gone. */
  async kill(): Promise<void> {
    this.program.signal("SIGKILL");
    await this.program.ended;
  }

  /** Starts it after harm was done; resolves with how that went. */
  async startAgain(): Promise<"it runs" | "it ended"> {
    const next = this.start();
    return next.line("running").then(
      () => "it runs" as const,
      () => "it ended" as const,
    );
  }

  /** Lines that the newest run logged as warnings or errors. */
  get worries(): readonly string[] {
    const { log } = this.program;
    return log.filter(({ level }) => level !== "info" && level !== "debug").map((line) => JSON.stringify(line));
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

  /** What any run logged as an error. */
  get errors(): readonly string[] {
    return this.runs.flatMap(({ log }) => log.filter(({ level }) => level === "error").map(({ message }) => message));
  }

  async close(): Promise<void> {
    if (!Place.#open.delete(this)) return;
    for (const program of this.runs) program.signal("SIGKILL");
    for (const feed of this.#feeds) await feed.close();
    await this.commands.close();
    await this.gate.close();
    await this.broker.remove();
    await this.database.close();
    if (this.own) await rm(this.folder, { recursive: true, force: true });
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
