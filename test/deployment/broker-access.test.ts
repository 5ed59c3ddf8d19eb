import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { IClientOptions } from "mqtt";
import { Outsider } from "../outsider.js";
import { until } from "../program.js";
import { brokerInstalled, ShippedBroker } from "./shipped-broker.js";

const suite = brokerInstalled ? describe : describe.skip;

const TOPICS = [
  "printing/printer_1/sensor",
  "printing/printer_1/state",
  "printing/printer_1/other",
  "printing/printer_2/sensor",
  "printing/printer_2/state",
  "printing/mlops_user/sensor",
  "printing/synthesizer/state",
  "printing/telegraf/sensor",
  "printer/control/printer_1",
  "printer/control/printer_2",
  "printer/control/1",
  "printer/control/telegraf",
  "printer/control/mlops_user",
  "layerstream/status",
  "layerstream/printer_1/alert",
  "something/else",
] as const;
type Topic = (typeof TOPICS)[number];

const sensors: Topic[] = ["printing/printer_1/sensor", "printing/printer_2/sensor"];
const states: Topic[] = ["printing/printer_1/state", "printing/printer_2/state"];
const control: Topic[] = ["printer/control/printer_1", "printer/control/printer_2", "printer/control/1"];
const ours: Topic[] = ["layerstream/status", "layerstream/printer_1/alert"];

/** All that an account may do with the topics above. `+` counts for the names of others, never for that of a service itself. */
const ACCESS: Readonly<Record<string, { readonly writes: readonly Topic[]; readonly reads: readonly Topic[] }>> = {
  printer_1: {
    writes: ["printing/printer_1/sensor", "printing/printer_1/state"],
    reads: ["printer/control/printer_1"],
  },
  printer_2: {
    writes: ["printing/printer_2/sensor", "printing/printer_2/state"],
    reads: ["printer/control/printer_2"],
  },
  mlops_user: {
    writes: [...control, "printer/control/telegraf", ...ours],
    reads: [...sensors, ...states, "printing/synthesizer/state", "printing/telegraf/sensor"],
  },
  synthesizer: {
    writes: [...sensors, "printing/mlops_user/sensor", "printing/telegraf/sensor"],
    reads: [...control, "printer/control/telegraf", "printer/control/mlops_user"],
  },
  telegraf: { writes: [], reads: [...sensors, "printing/mlops_user/sensor"] },
  operator: {
    writes: TOPICS.filter((topic) => topic !== "something/else"),
    reads: TOPICS.filter((topic) => topic !== "something/else"),
  },
};

suite(brokerInstalled ? "the shipped broker" : "SKIPPED, NO mosquitto ON THIS MACHINE: the shipped broker", () => {
  let broker: ShippedBroker;
  const guests: Outsider[] = [];
  beforeAll(async () => (broker = await ShippedBroker.start({ printers: ["printer_1", "printer_2", "1"] })));
  afterAll(async () => {
    for (const guest of guests) await guest.leave();
    await broker.remove();
  });

  async function join(name: string, filters: readonly string[], options: IClientOptions = {}): Promise<Outsider> {
    const guest = await Outsider.join(broker.url, filters, { protocolVersion: 5, ...broker.login(name), ...options });
    guests.push(guest);
    return guest;
  }

  describe.each([4, 5] as const)("in version %s of the protocol", (protocolVersion) => {
    it.each([
      ["nobody", {}],
      ["a name without a password", { username: "printer_1" }],
      ["a wrong password", { username: "printer_1", password: "printer_1" }],
      ["the password of another", { username: "printer_1", password: () => broker.login("printer_2").password }],
      ["a name that has no account", { username: "printer_3", password: "x" }],
      ["no name", { username: "", password: "x" }],
    ])(
      "lets %s not in",
      async (_, { password, ...given }: { username?: string; password?: string | (() => unknown) }) => {
        const secret = typeof password === "function" ? (password() as string) : password;
        const options = {
          protocolVersion,
          reconnectPeriod: 0,
          ...given,
          ...(secret !== undefined && { password: secret }),
        };
        await expect(Outsider.join(broker.url, [], options)).rejects.toMatchObject({
          code: protocolVersion === 5 ? 135 : 5,
        });
      },
    );

    it.each(Object.keys(ACCESS))("gives %s what it may read and nothing else", async (name) => {
      const reader = await join(name, ["#"], { protocolVersion });
      const operator = await join("operator", [], { protocolVersion });
      for (const topic of TOPICS) await operator.publish(topic, "x").catch(() => undefined);
      await reader.caughtUp();
      const heard = [...new Set(reader.heard.map(({ topic }) => topic))].filter((topic) => !topic.startsWith("$SYS"));
      expect(heard.sort()).toEqual([...ACCESS[name]!.reads].sort());
    });

    it("gives nobody what a client calls itself", async () => {
      const spoof = await join("printer_1", ["printer/control/printer_2"], { protocolVersion, clientId: "printer_2" });
      const operator = await join("operator", ["printing/#"], { protocolVersion });
      await operator.publish("printer/control/printer_2", "x");
      await spoof.publish("printing/printer_2/sensor", "x").catch(() => undefined);
      await spoof.caughtUp();
      await operator.caughtUp();
      expect([spoof.heard, operator.heard]).toEqual([[], []]);
    });
  });

  it.each(Object.keys(ACCESS))("takes from %s what it may write, and says no to the rest", async (name) => {
    const writer = await join(name, []);
    const taken: string[] = [];
    for (const topic of TOPICS) {
      const refusal = await writer.publish(topic, "x").then(
        () => undefined,
        (cause: unknown) => (cause as { code?: unknown }).code,
      );
      if (refusal === undefined) taken.push(topic);
      else expect([topic, refusal]).toEqual([topic, 135]);
    }
    expect(taken.sort()).toEqual([...ACCESS[name]!.writes].sort());
  });

  it("throws away what MQTT 3.1.1 has no word of refusal for", async () => {
    const operator = await join("operator", ["printing/#", "printer/#"]);
    const printer = await join("printer_1", [], { protocolVersion: 4 });
    for (const topic of ["printing/printer_2/sensor", "printer/control/printer_1", "printer/control/printer_2"])
      await printer.publish(topic, "denied");
    await printer.publish("printing/printer_1/sensor", "allowed");
    await operator.caughtUp();
    expect(operator.heard.map(({ topic, text }) => [topic, text])).toEqual([["printing/printer_1/sensor", "allowed"]]);
  });

  it("keeps the last will of a printer to its own topic", async () => {
    const operator = await join("operator", ["printing/#", "printer/#"]);
    const will = { topic: "printing/printer_1/state", payload: Buffer.from("offline"), qos: 1, retain: false } as const;
    const dies = async (topic: string) => {
      const printer = await join("printer_1", [], { protocolVersion: 4, will: { ...will, topic } });
      await printer.vanish();
    };
    await dies("printer/control/printer_2");
    await dies(will.topic);
    await until(() => operator.heard.length > 0);
    expect(operator.heard.map(({ topic }) => topic)).toEqual([will.topic]);
  });

  it("shows its figures to telegraf and the operator alone", async () => {
    const readers = await Promise.all(
      ["telegraf", "operator", "mlops_user", "printer_1"].map((name) => join(name, ["$SYS/#"])),
    );
    for (const reader of readers) await reader.caughtUp();
    expect(readers.map(({ heard }) => heard.length > 10)).toEqual([true, true, false, false]);
    expect(readers[3]!.heard).toEqual([]);
  });

  it("lets mosquitto's own clients work as the operator, with no login on the line", async () => {
    const printer = await join("1", ["printer/control/1"], { protocolVersion: 4 });
    const sent = broker.client("mosquitto_pub", ["-t", "printer/control/1", "-m", '{"speed":50}']);
    expect([sent.status, sent.stderr]).toEqual([0, ""]);
    await printer.caughtUp();
    expect(printer.heard).toMatchObject([{ topic: "printer/control/1", text: '{"speed":50}', retain: false }]);
    const retained = await join("1", [], { protocolVersion: 4 });
    await retained.publish("printing/1/state", "printing", true);
    const seen = broker.client("mosquitto_sub", ["-t", "printing/#", "-v", "-C", "1", "-W", "5"]);
    expect([seen.status, seen.stdout]).toEqual([0, "printing/1/state printing\n"]);
    await retained.publish("printing/1/state", "", true);
  });

  it("learns of a new printer, a new password and a printer that is gone while it runs", async () => {
    const login = { username: "printer_9", reconnectPeriod: 0 };
    const knock = (password: string) =>
      Outsider.join(broker.url, [], { ...login, password }).then(
        (guest) => guest.leave().then(() => true),
        () => false,
      );
    const first = broker.script("add", "printer_9").trim();
    expect(await knock(first)).toBe(false);
    await broker.reload();
    expect(await knock(first)).toBe(true);
    broker.script("remove", "printer_9");
    const inside = await Outsider.join(broker.url, [], { ...login, password: first });
    await broker.reload();
    await inside.gone;
    expect(await knock(first)).toBe(false);
  });

  it("ends the connection of a client that sends more than 128 KiB", async () => {
    const printer = await join("printer_1", [], { protocolVersion: 4, reconnectPeriod: 0 });
    const operator = await join("operator", ["printing/#"], { protocolVersion: 4 });
    await printer.publish("printing/printer_1/sensor", "x".repeat(100_000));
    printer.publish("printing/printer_1/sensor", "x".repeat(140_000)).catch(() => undefined);
    await printer.gone;
    await operator.caughtUp();
    expect(operator.heard.map(({ text }) => text.length)).toEqual([100_000]);
  });
});
