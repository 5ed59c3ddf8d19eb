import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Mosquitto } from "../mosquitto.js";
import { Outsider } from "../outsider.js";
import { Program, until } from "../program.js";
import { startVictoriaMetrics, type VictoriaMetrics, victoriaMetricsProgram } from "../victoria-metrics.js";
import { brokerInstalled, ShippedBroker } from "./shipped-broker.js";

const there = brokerInstalled && victoriaMetricsProgram !== undefined;
const suite = there ? describe : describe.skip;
const title = "someone who comes from the Python original";
const pipeline = (name: string) => fileURLToPath(new URL(`../../config/pipelines/${name}.yaml`, import.meta.url));

/** Their .env, every variable that it had. */
const PASSWORD = "their-password";
const ENV = `MQTT_USERNAME=mlops_user
MQTT_PASSWORD=${PASSWORD}
ROUGHNESS_THRESHOLD=60
SYNTHESIZER_RATE_HZ=100
BASE_RATE_HZ=20
INFLUXDB_BUCKET=printing_metrics
`;
/** All that a printer of theirs knows: MQTT 3.1.1, the account that everybody had, and these fields. */
const login = { username: "mlops_user", password: PASSWORD, protocolVersion: 4 } as const;
const reading = (roughness: number) =>
  JSON.stringify({
    printer_id: "printer_1",
    timestamp: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    layer_height: 0.2,
    nozzle_temp: 215,
    bed_temp: 60,
    roughness,
    anomaly: null,
  });

suite(there ? title : `SKIPPED, NO mosquitto OR NO victoria-metrics ON THIS MACHINE: ${title}`, () => {
  let folder: string;
  let database: VictoriaMetrics;
  const ends: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "migrating-"));
    database = await startVictoriaMetrics(victoriaMetricsProgram!);
    await writeFile(join(folder, ".env"), ENV);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The program in the folder with their .env; what is given says where the servers are. */
  async function start(name: string, settings: Record<string, string>): Promise<Program> {
    const program = new Program({ STATE_DIR: join(folder, name), ...settings }, ["run", pipeline(name)], folder);
    ends.push(() => program.end("SIGKILL"));
    await program.line("running");
    return program;
  }

  /** An old printer publishes 50 and then 70, which is rough by their threshold alone, until it is told to slow down. */
  async function printed(url: string): Promise<Outsider> {
    const printer = await Outsider.join(url, ["printer/control/printer_1"], login);
    ends.push(() => printer.leave());
    for (let sent = 0; sent < 3; sent++) await printer.publish("printing/printer_1/sensor", reading(50));
    await until(async () => {
      await printer.publish("printing/printer_1/sensor", reading(70));
      return printer.heard.length > 0;
    });
    return printer;
  }

  it("keeps their broker and their printers, and takes their .env as it is", async () => {
    const theirs = await Mosquitto.start({ mlops_user: PASSWORD });
    ends.push(() => theirs.remove());
    const program = await start("quality", { MQTT_URL: theirs.url, INFLUXDB_URL: database.url });
    const printer = await printed(theirs.url);
    const told = JSON.parse(printer.heard[0]!.text) as Record<string, unknown>;
    expect(told).toMatchObject({ speed: 50, reason: "roughness 70.0 above 60" });
    await program.end();
    await until(async () => (await database.series("printer_sensor_roughness")).length > 0);
    expect(program.log.filter(({ level }) => level !== "info")).toEqual([]);
  });

  it("runs the synthesizer at the rate of their .env", async () => {
    const theirs = await Mosquitto.start({ mlops_user: PASSWORD });
    ends.push(() => theirs.remove());
    const watcher = await Outsider.join(theirs.url, ["printing/#"], login);
    ends.push(() => watcher.leave());
    await writeFile(join(folder, ".env"), ENV.replace("SYNTHESIZER_RATE_HZ=100\n", ""));
    await start("synthesizer", { MQTT_URL: theirs.url });
    await until(() => watcher.heard.length > 0);
    const before = watcher.heard.length;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const rate = (watcher.heard.length - before) / 3;
    expect(rate).toBeGreaterThan(10);
    expect(rate).toBeLessThan(40);
  });

  it("moves to our broker with the account that printers have, and gives each its own later", async () => {
    const broker = await ShippedBroker.start({ env: ENV });
    ends.push(() => broker.remove());
    expect(broker.files.secret("mqtt_password")).toBe(PASSWORD);
    await start("quality", { MQTT_URL: broker.url, INFLUXDB_URL: database.url });
    const operator = await Outsider.join(broker.url, ["printing/#"], broker.login("operator"));
    ends.push(() => operator.leave());
    const early = await Outsider.join(broker.url, [], login);
    ends.push(() => early.leave());
    await early.publish("printing/printer_1/sensor", reading(70));
    await operator.caughtUp();
    expect(operator.heard).toEqual([]);

    broker.script("share");
    await broker.reload();
    await printed(broker.url);

    broker.script("share", "--stop");
    await broker.reload();
    const acl = await readFile(join(broker.files.folder, "config", "acl"), "utf8");
    expect(acl).toBe(await readFile(fileURLToPath(new URL("../../config/acl", import.meta.url)), "utf8"));
    const before = operator.heard.length;
    await early.publish("printing/printer_1/sensor", reading(70));
    await operator.caughtUp();
    expect(operator.heard.length).toBe(before);
  });
});
