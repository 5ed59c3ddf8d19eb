import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { connectBroker, type NetworkBroker } from "../src/connections/mqtt/network.js";
import { silentLog } from "../src/streams/contract/context.js";
import { systemClock } from "../src/streams/time/clock.js";
import { message } from "./broker-contract.js";
import { installed } from "./installed.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { Program } from "./program.js";

const openssl = installed("openssl");
const suite = mosquittoProgram && openssl ? describe : describe.skip;

suite("a broker with a certificate", () => {
  let folder: string;
  let mosquitto: Mosquitto;
  let url: string;
  let plainUrl: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tls-"));
    // Made for the day, of itself: its own authority.
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
    execFileSync(openssl!, ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...subject, ...files], {
      stdio: "ignore",
    });
    mosquitto = await Mosquitto.start({}, undefined, [
      `certfile ${join(folder, "cert.pem")}`,
      `keyfile ${join(folder, "key.pem")}`,
    ]);
    plainUrl = mosquitto.url;
    url = plainUrl.replace("mqtt:", "mqtts:");
  });
  afterAll(async () => {
    await mosquitto.remove();
    await rm(folder, { recursive: true });
  });

  async function reach(tls: object, use: (broker: NetworkBroker) => Promise<void>): Promise<void> {
    const broker = connectBroker({ clientId: "test", url, clock: systemClock, log: silentLog, ...tls });
    try {
      await use(broker);
    } finally {
      await broker.close();
    }
  }

  it("is trusted by who knows its authority", async () => {
    const ca = await readFile(join(folder, "cert.pem"), "utf8");
    await reach({ tls: { ca } }, async (broker) => {
      await broker.ready(5_000);
      await broker.publish(message("a", 1));
    });
  });

  it("is not trusted by anyone else, who is told which setting to mend", async () => {
    await reach({}, (broker) =>
      expect(broker.ready(5_000)).rejects.toMatchObject({
        name: "ConfigError",
        message: expect.stringMatching(
          /^no trust between us and the broker at mqtts:.* set MQTT_CA to the certificate/,
        ),
      }),
    );
  });

  it("ends the run that does not trust it with one line", async () => {
    const program = new Program({ STATE_DIR: folder, MQTT_URL: url });
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.log.filter(({ level }) => level !== "info")).toEqual([
      { level: "", message: expect.stringMatching(/^no trust between us and the broker at mqtts:.* set MQTT_CA/) },
    ]);
  });

  it("is waited for by a run that speaks to it in plain, which says why", async () => {
    const program = new Program({ STATE_DIR: folder, MQTT_URL: plainUrl });
    const { reason } = await program.line("MQTT broker is away, trying again");
    expect(reason).toMatch(/./);
    await program.end("SIGINT");
    expect(program.output).not.toMatch(/^\s+at /m);
  });
});
