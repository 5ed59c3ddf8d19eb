import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Outsider, sensorReading } from "../outsider.js";
import { Program, until } from "../program.js";
import { brokerInstalled, ShippedBroker } from "./shipped-broker.js";

const suite = brokerInstalled ? describe : describe.skip;
const pipeline = (name: string) => fileURLToPath(new URL(`../../config/pipelines/${name}.yaml`, import.meta.url));

suite(brokerInstalled ? "the stack's programs" : "SKIPPED, NO mosquitto ON THIS MACHINE: the stack's programs", () => {
  let folder: string;
  let broker: ShippedBroker;
  const ends: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "accounts-"));
    broker = await ShippedBroker.start({ printers: ["printer_1", "printer_2"] });
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await broker.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function enter(name: string, ...filters: string[]): Promise<Outsider> {
    const guest = await Outsider.join(broker.url, filters, broker.login(name));
    ends.push(() => guest.leave());
    return guest;
  }

  async function start(account: string, name: string, more: Record<string, string> = {}): Promise<Program> {
    const { username, password } = broker.login(account);
    const login = { MQTT_URL: broker.url, MQTT_USERNAME: username!, MQTT_PASSWORD: String(password) };
    const program = new Program({ STATE_DIR: join(folder, name), ...login, ...more }, ["run", pipeline(name)]);
    ends.push(() => program.end("SIGKILL"));
    await program.line("running");
    return program;
  }

  const troubles = ({ log }: Program) => log.filter(({ level }) => level !== "info");

  it("the processor answers a printer, and is refused nothing", async () => {
    const operator = await enter("operator", "layerstream/#");
    const printer = await enter("printer_1", "printer/control/printer_1");
    const other = await enter("printer_2", "printer/control/#");
    const program = await start("mlops_user", "quality");
    // Its subscription may be granted a moment after it runs.
    await until(async () => {
      await printer.publish("printing/printer_1/sensor", sensorReading("printer_1", 80));
      return printer.heard.length > 0;
    });
    expect(JSON.parse(printer.heard[0]!.text)).toMatchObject({ speed: 50 });
    expect(await program.end()).toEqual({ code: 0, signal: null });
    await until(() => operator.heard.length === 2);
    expect(operator.heard.map(({ topic, text }) => [topic, text])).toEqual([
      ["layerstream/status", "online"],
      ["layerstream/status", "offline"],
    ]);
    expect(other.heard).toEqual([]);
    expect(troubles(program)).toEqual([]);
  });

  it("the synthesizer's printers publish, obey, and do not speak for the processor", async () => {
    const operator = await enter("operator", "printing/#", "layerstream/#");
    const program = await start("synthesizer", "synthesizer", { SYNTHESIZER_PRINTERS: "2", SYNTHESIZER_RATE_HZ: "20" });
    const told = (text: string) => (JSON.parse(text) as { speed_factor: number }).speed_factor;
    await until(async () => {
      await operator.publish("printer/control/printer_2", { speed: 50 });
      return operator.on("printing/printer_2/sensor").some(({ text }) => told(text) === 50);
    });
    expect(operator.on("printing/printer_1/sensor").every(({ text }) => told(text) === 100)).toBe(true);
    expect(await program.end()).toEqual({ code: 0, signal: null });
    expect(operator.on("layerstream/")).toEqual([]);
    expect(troubles(program)).toEqual([]);
  });

  it("what a printer sends while the processor is away waits for it, over a restart of the broker too", async () => {
    const printer = await enter("printer_1", "printer/control/printer_1");
    const first = await start("mlops_user", "quality");
    await until(async () => {
      await printer.publish("printing/printer_1/sensor", sensorReading("printer_1", 80));
      return printer.heard.length > 0;
    });
    await first.end();
    const time = Date.now();
    // More than the 1,000 messages that the broker holds for a client if it is told nothing.
    for (let i = 0; i < 1500; i++)
      await printer.publish("printing/printer_1/sensor", sensorReading("printer_1", 30, time + i));
    await broker.kill("SIGTERM");
    await broker.run();
    const second = await start("mlops_user", "quality");
    const http = String(second.logged("running")[0]!.http);
    const read = /^layerstream_records_in_total\{pipeline="quality",node="rough",role="operator"\} (\d+)/m;
    await until(async () => Number(read.exec(await (await fetch(`${http}/metrics`)).text())?.[1]) >= 1500);
    expect(troubles(second)).toEqual([]);
  });

  it("a login that the broker does not know ends with the settings to look at", async () => {
    const login = { MQTT_URL: broker.url, MQTT_USERNAME: "mlops_user", MQTT_PASSWORD: "mlops_user" };
    const program = new Program({ STATE_DIR: folder, ...login }, ["run", pipeline("quality")]);
    ends.push(() => program.end("SIGKILL"));
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.output).toMatch(/refuses the login of "mlops_user" .*check MQTT_USERNAME and MQTT_PASSWORD/);
  });
});
