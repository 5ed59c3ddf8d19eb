import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { IClientOptions } from "mqtt";
import { freePort } from "../free-port.js";
import { installed } from "../installed.js";
import { Outsider, sensorReading } from "../outsider.js";
import { Program, until } from "../program.js";
import { brokerInstalled, ShippedBroker } from "./shipped-broker.js";

const openssl = installed("openssl");
const there = brokerInstalled && openssl !== undefined;
const suite = there ? describe : describe.skip;
const title = "the shipped TLS listener";
const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

suite(there ? title : `SKIPPED, NO mosquitto OR NO openssl ON THIS MACHINE: ${title}`, () => {
  let broker: ShippedBroker;
  let url: string;
  let tls: string;
  let ca: string;
  const guests: Outsider[] = [];
  beforeAll(async () => {
    broker = await ShippedBroker.start({ printers: ["printer_1", "printer_2"] });
    tls = join(broker.files.folder, "config", "tls");
    await mkdir(tls);
    ssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=authority", ...files("ca"));
    await certificate("server", "127.0.0.1", "subjectAltName=IP:127.0.0.1");
    await certificate("printer", "printer_1", "extendedKeyUsage=clientAuth");
    ca = await readFile(join(tls, "ca.crt"), "utf8");
    await listen((shipped) => shipped);
  });
  afterAll(async () => {
    for (const guest of guests) await guest.leave();
    await broker.remove();
  });

  const ssl = (...args: string[]) => execFileSync(openssl!, args, { cwd: tls, stdio: "ignore" });
  const files = (name: string) => ["-keyout", `${name}.key`, "-out", `${name}.crt`];

  async function certificate(name: string, subject: string, extension: string): Promise<void> {
    ssl(
      "req",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      `/CN=${subject}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
    );
    await writeFile(join(tls, `${name}.ext`), extension);
    const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", `${name}.ext`];
    ssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...signed);
  }

  /** Starts the broker with the example in place, as the docs say, but for the port. */
  async function listen(edit: (shipped: string) => string): Promise<void> {
    const shipped = await readFile(root("config/mosquitto.d/tls.conf.example"), "utf8");
    const port = await freePort();
    const text = edit(shipped).replace("listener 8883", `listener ${port} 127.0.0.1`);
    expect(text).toContain(`listener ${port}`);
    await broker.kill("SIGTERM");
    await writeFile(join(broker.files.folder, "config", "mosquitto.d", "tls.conf"), text);
    await broker.run();
    url = `mqtts://127.0.0.1:${port}`;
  }

  async function enter(options: IClientOptions, ...filters: string[]): Promise<Outsider> {
    const guest = await Outsider.join(url, filters, { ca, reconnectPeriod: 0, ...options });
    guests.push(guest);
    return guest;
  }

  it("lets accounts in whose client trusts it, and nobody else", async () => {
    const printer = await enter(broker.login("printer_1"), "printer/control/printer_1");
    await printer.publish("printing/printer_1/sensor", "x");
    await expect(enter({})).rejects.toMatchObject({ code: 5 });
    await expect(enter({ ...broker.login("printer_1"), ca: "" })).rejects.toMatchObject({ code: /CERT|SIGNED|ISSUER/ });
    await expect(
      Outsider.join(url.replace("mqtts", "mqtt"), [], { reconnectPeriod: 0, connectTimeout: 2000 }),
    ).rejects.toThrow();
  });

  it("carries readings and commands of the processor, which is told of the authority by MQTT_CA", async () => {
    const login = {
      MQTT_URL: url,
      MQTT_CA: join(tls, "ca.crt"),
      MQTT_PASSWORD: String(broker.login("mlops_user").password),
    };
    const state = join(broker.files.folder, "state");
    const program = new Program({ STATE_DIR: state, ...login }, ["run", root("config/pipelines/quality.yaml")]);
    try {
      const printer = await enter(broker.login("printer_2"), "printer/control/printer_2");
      await program.line("running");
      await until(async () => {
        await printer.publish("printing/printer_2/sensor", sensorReading("printer_2", 80));
        return printer.heard.length > 0;
      });
      expect(await program.end()).toEqual({ code: 0, signal: null });
    } finally {
      program.signal("SIGKILL");
      await rm(state, { recursive: true, force: true });
    }
  });

  it("knows printers by their certificates where its last lines are taken in", async () => {
    await listen((shipped) => shipped.replace(/^# (require_certificate|use_identity_as_username)/gm, "$1"));
    const keys = { cert: await readFile(join(tls, "printer.crt")), key: await readFile(join(tls, "printer.key")) };
    const printer = await enter({ ...keys, protocolVersion: 5 });
    await printer.publish("printing/printer_1/sensor", "x");
    await expect(printer.publish("printing/printer_2/sensor", "x")).rejects.toMatchObject({ code: 135 });
    const without = enter({ ...broker.login("printer_1"), connectTimeout: 2000 });
    await expect(without).rejects.toThrow();
  });
});
