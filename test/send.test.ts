import { createServer } from "node:net";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { startEmbeddedBroker } from "../src/connections/mqtt/embedded.js";
import { silentLog } from "../src/streams/contract/context.js";
import { Outsider } from "./outsider.js";
import { Program, until } from "./program.js";

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "send-"));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(folder, { recursive: true, force: true });
});

async function send(settings: Readonly<Record<string, string>>, ...args: string[]): Promise<Program> {
  const program = new Program({ STATE_DIR: folder, ...settings }, ["send", ...args]);
  await program.ended;
  return program;
}

it("publishes to the printer and nobody else, not retained", async () => {
  const embedded = await startEmbeddedBroker({ host: "127.0.0.1", port: 0, fallbackToFreePort: false, log: silentLog });
  ends.push(() => embedded.close());
  const MQTT_URL = `mqtt://127.0.0.1:${embedded.port}`;
  const printer = await Outsider.join(MQTT_URL, ["#"]);
  ends.push(() => printer.leave());
  const program = await send({ MQTT_URL }, "printer_1", '{"speed":80}', "--json");
  expect((await program.ended).code).toBe(0);
  await until(() => printer.heard.length > 0);
  expect(printer.heard).toMatchObject([{ topic: "printer/control/printer_1", qos: 1, retain: false }]);
  const message: unknown = JSON.parse(printer.heard[0]!.text);
  expect(message).toMatchObject({ speed: 80, reason: "sent by hand" });
  expect(JSON.parse(program.stdout)).toEqual({ topic: "printer/control/printer_1", message });
});

it("sends nothing out of bounds", async () => {
  const program = await send({}, "printer_1", '{"speed":300}');
  expect((await program.ended).code).toBe(2);
  expect(program.output).toMatch(/not sent: speed 300 is outside of its bounds \[50, 120\]/);
});

it("says that no broker answers, and which setting names one", async () => {
  // A port that was free a moment ago.
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  const program = await send({ MQTT_URL: `mqtt://127.0.0.1:${port}` }, "printer_1", '{"speed":80}');
  expect((await program.ended).code).toBe(2);
  expect(program.output).toMatch(/not sent: mqtt:\/\/127.0.0.1:\d+: .*see that the broker runs and MQTT_URL names it/);
});
