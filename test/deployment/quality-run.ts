import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { Outsider, sensorReading } from "../outsider.js";
import { Program, until } from "../program.js";

const QUALITY = fileURLToPath(new URL("../../config/pipelines/quality.yaml", import.meta.url));
const RECORDING = fileURLToPath(new URL("../../data/data.csv", import.meta.url));
/** The part of the recording in which most faults begin, seconds from its beginning. */
const FROM = 200;
const UNTIL = 480;
/** It has no roughness sensor in this part, so the forecast stands in for it. */
const UNMEASURED = "printer_2";

/** quality.yaml in the real program, with readings of a farm that has its faults within the last minutes. */
export class QualityRun {
  readonly http: string;
  readonly #folder: string;
  readonly #program: Program;
  readonly #printers: Outsider;
  #sent = 0;

  private constructor(folder: string, program: Program, http: string, printers: Outsider) {
    this.#folder = folder;
    this.#program = program;
    this.http = http;
    this.#printers = printers;
  }

  /** Without MQTT_URL it has a broker of its own. */
  static async start(settings: Readonly<Record<string, string>>, login = {}): Promise<QualityRun> {
    const folder = await mkdtemp(join(tmpdir(), "quality-run-"));
    const program = new Program({ STATE_DIR: folder, ...settings }, ["run", QUALITY]);
    const broker =
      settings["MQTT_URL"] ?? `mqtt://${String((await program.line("embedded MQTT broker listens"))["address"])}`;
    const http = String((await program.line("running"))["http"]);
    return new QualityRun(folder, program, http, await Outsider.join(broker, [], login));
  }

  /** Sends the readings of minutes, and waits until the program has written what it makes of them. */
  async feed(): Promise<void> {
    const rows = recording();
    const shift = Date.now() - Date.parse(rows.at(-1)!.timestamp);
    for (const { printer_id, timestamp, ...value } of rows) {
      const time = new Date(Date.parse(timestamp) + shift).toISOString();
      const reading = { printer_id, timestamp: time, ...read(value) };
      await this.#send(printer_id, printer_id === UNMEASURED ? { ...reading, roughness: null } : reading);
    }
    await this.#send("printer_9", sensorReading("printer_9", 80));
    await this.#send("printer_10", sensorReading("printer_10", 30, Date.now() - 180_000));
    await this.#printers.publish("printing/printer_9/sensor", "no reading");
    await this.sendLate();
    await until(async () => {
      const out = /^layerstream_records_out_total\{pipeline="quality",node="influxdb",role="sink"\} (\d+)/m;
      return Number(out.exec(await this.metrics())?.[1] ?? 0) > this.#sent;
    });
  }

  /** A reading, and one behind it whose window was closed long ago. */
  async sendLate(): Promise<void> {
    for (const time of [Date.now(), Date.now() - 120_000])
      await this.#send("printer_11", sensorReading("printer_11", 30, time));
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.http}/metrics`)).text();
  }

  /** Ends in order, so that all is written. */
  async end(): Promise<void> {
    await this.#printers.leave();
    await this.#program.end("SIGINT");
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #send(printer: string, reading: object): Promise<void> {
    await this.#printers.publish(`printing/${printer}/sensor`, reading);
    this.#sent++;
  }
}

type Row = Readonly<Record<string, string>> & { readonly printer_id: string; readonly timestamp: string };

function recording(): readonly Row[] {
  const rows = parse<Row>(readFileSync(RECORDING), { columns: true });
  const begin = Date.parse(rows[0]!.timestamp);
  return rows.filter(({ timestamp }) => {
    const second = (Date.parse(timestamp) - begin) / 1000;
    return second >= FROM && second < UNTIL;
  });
}

/** Cells as a printer would send them. */
function read(cells: Readonly<Record<string, string>>): Record<string, unknown> {
  const value = (text: string): unknown => {
    if (text === "") return null;
    if (text === "true" || text === "false") return text === "true";
    return Number.isNaN(Number(text)) ? text : Number(text);
  };
  return Object.fromEntries(Object.entries(cells).map(([name, text]) => [name, value(text)]));
}
