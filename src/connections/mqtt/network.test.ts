import { describe, expect, it } from "@jest/globals";
import { createServer } from "node:net";
import { silentLog } from "../../streams/contract/context.js";
import { systemClock } from "../../streams/time/clock.js";
import { brokerContract, message } from "../../../test/broker-contract.js";
import { startEmbeddedBroker } from "./embedded.js";
import { connectBroker } from "./network.js";

const options = { clientId: "test", clock: systemClock, log: silentLog, random: () => 0 };
const embedded = (port = 0) =>
  startEmbeddedBroker({ host: "127.0.0.1", port, fallbackToFreePort: false, log: silentLog });

describe("broker over the network", () => {
  brokerContract(async () => {
    const server = await embedded();
    const reach = () => {
      const broker = connectBroker({ ...options, url: server.address });
      return {
        broker,
        close: async () => {
          await broker.close();
          await server.close();
        },
        restart: async () => {
          await broker.close();
          return reach();
        },
      };
    };
    return reach();
  });

  it("says that it is ready, and in which state it is", async () => {
    const server = await embedded();
    const broker = connectBroker({ ...options, url: server.address });
    expect(broker.state()).toBe("connecting");
    await broker.ready(5_000);
    expect(broker.state()).toBe("connected");
    await broker.close();
    await server.close();
  });

  it("says once that nothing listens, fails to publish at once, and is back when the broker is", async () => {
    const server = await embedded();
    await server.close();
    const said: unknown[] = [];
    const log = {
      ...silentLog,
      warn: (...line: unknown[]) => void said.push(line),
      info: (...line: unknown[]) => void said.push(line),
    };
    const broker = connectBroker({ ...options, log, url: server.address });
    await expect(broker.publish(message("a", 1))).rejects.toThrow(/away: nothing listens there/);
    await expect(broker.ready(300)).rejects.toMatchObject({ name: "DisconnectedError" });
    expect(broker.state()).toBe("away");
    const away = { address: server.address, reason: "nothing listens there" };
    expect(said).toEqual([["MQTT broker is away, trying again", away]]);
    const again = await embedded(server.port);
    await broker.ready(10_000);
    await broker.publish(message("a", 1));
    expect(said.at(-1)).toEqual(["MQTT broker is back", { address: server.address }]);
    await broker.close();
    await again.close();
  });

  it("refuses a second subscription under the name of a session that is in use", async () => {
    const server = await embedded();
    const broker = connectBroker({ ...options, url: server.address });
    const stop = new AbortController();
    const subscription = { filters: ["a"], qos: 1, session: "same", limit: 10 } as const;
    const first = broker.subscribe(subscription, stop.signal)[Symbol.asyncIterator]().next();
    await expect(broker.subscribe(subscription, stop.signal)[Symbol.asyncIterator]().next()).rejects.toThrow(/"same"/);
    stop.abort();
    await first;
    await broker.close();
    await server.close();
  });

  it("gives up on a broker that answers with something else, and tries again", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.resume();
      socket.on("error", () => undefined);
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const broker = connectBroker({ ...options, url: `mqtt://127.0.0.1:${port}` });
    await expect(broker.ready(500)).rejects.toMatchObject({ name: "DisconnectedError" });
    expect(connections).toBeGreaterThan(1);
    await broker.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it("closes while it has never been connected", async () => {
    const broker = connectBroker({ ...options, url: "mqtt://127.0.0.1:1" });
    await broker.close();
    await expect(broker.publish(message("a", 1))).rejects.toMatchObject({ name: "DisconnectedError" });
  });
});
