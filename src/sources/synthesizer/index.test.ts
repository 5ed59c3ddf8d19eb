import { describe, expect, it } from "@jest/globals";
import { mqttBroker, type Incoming, type MqttBroker, type Subscription } from "../../connections/mqtt/broker.js";
import type { Context, Log, LogFields } from "../../streams/component/context.js";
import { ConfigError } from "../../streams/component/errors.js";
import type { NodeView } from "../../streams/component/definition.js";
import { contextFor, provide } from "../../streams/contract/context.js";
import { batchesOf, sourceContract, take } from "../../streams/contract/source.js";
import type { Batch, StreamRecord } from "../../streams/record/record.js";
import type { Clock } from "../../streams/time/clock.js";
import { synthesizer } from "./index.js";
import type { GivenOptions } from "./options.js";
import type { PrinterReading } from "./reading.js";
import { simulate } from "./simulate.js";

const NOON = Date.UTC(2026, 5, 1, 12);

/** A clock that moves only while someone sleeps on it. */
class SleepClock implements Clock {
  time = NOON;
  readonly now = () => this.time;
  readonly after = () => () => {};
  readonly every = () => () => {};
  readonly sleep = async (ms: number) => {
    this.time += ms;
  };
}

/** A broker that hands over what a test wrote down, then waits for the end. */
class ScriptedBroker implements MqttBroker {
  readonly address = "mqtt://127.0.0.1";
  readonly subscriptions: Subscription[] = [];
  ended = false;
  constructor(
    readonly messages: readonly Incoming[] = [],
    readonly fails?: Error,
  ) {}
  async *subscribe(subscription: Subscription, stop: AbortSignal) {
    this.subscriptions.push(subscription);
    if (this.fails) throw this.fails;
    if (this.messages.length > 0) yield this.messages;
    if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
    this.ended = true;
  }
  readonly publish = async () => {};
  readonly close = async () => {};
}

const message = (topic: string, payload: unknown, retain = false): Incoming => ({
  topic,
  payload: new TextEncoder().encode(JSON.stringify(payload)),
  qos: 1,
  retain,
  dup: false,
});

const open = (options: GivenOptions, context: Context = contextFor()) =>
  synthesizer.open(synthesizer.options.parse(options), context);
const live = (broker: MqttBroker, given: Parameters<typeof contextFor>[0] = {}) =>
  contextFor({ live: true, clock: new SleepClock(), resources: [provide(mqttBroker, broker)], ...given });
const values = (elements: Batch) => (elements as StreamRecord<PrinterReading>[]).map(({ value }) => value);

function logInto(lines: [string, LogFields | undefined][]): Log {
  const line = (text: string, fields?: LogFields) => void lines.push([text, fields]);
  return { debug: line, info: line, warn: line, error: line };
}

describe("source: synthesizer", () => {
  sourceContract({ definition: synthesizer, open: () => open({}), count: 5000 });

  it("gives the readings of the simulation, each with its key and its time", async () => {
    const given: GivenOptions = { printers: 5, rate: 250, duration: "20s" };
    const elements = await take(await open(given), Infinity);
    expect(values(elements)).toEqual([...simulate(given)]);
    for (const { key, eventTime, value } of elements as StreamRecord<PrinterReading>[]) {
      expect(key).toBe(value.printer_id);
      expect(eventTime).toBe(Date.parse(value.timestamp));
    }
  });

  it("is finite where it has a duration", () => {
    expect(synthesizer.finite(synthesizer.options.parse({}))).toBe(false);
    expect(synthesizer.finite(synthesizer.options.parse({ duration: "1s" }))).toBe(true);
  });

  it("needs neither broker nor clock for a recording made in a live run", async () => {
    const clock = new SleepClock();
    const source = await open({ pace: "none", control: null, duration: "10s" }, contextFor({ live: true, clock }));
    const elements = await take(source, Infinity);
    expect(values(elements)).toEqual([...simulate({ duration: "10s" })]);
    expect(clock.time).toBe(NOON);
  });

  it("lets others have a turn while nothing holds it back", async () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    let readings = 0;
    for await (const batch of batchesOf(await open({}), stop.signal)) readings += batch.length;
    expect(readings).toBeGreaterThan(0);
  });
});

describe("the pace", () => {
  it("keeps to the clock, and begins now", async () => {
    const clock = new SleepClock();
    const source = await open({ duration: "10s", rate: 100 }, live(new ScriptedBroker(), { clock }));
    const elements = await take(source, Infinity);
    expect(elements).toHaveLength(1000);
    expect(elements[0]!.eventTime).toBe(NOON);
    expect(clock.time - NOON).toBeGreaterThanOrEqual(9_990);
    expect(clock.time - NOON).toBeLessThan(10_100);
  });

  it("never gives a reading before its time", async () => {
    const clock = new SleepClock();
    const source = await open({ duration: "5s", rate: 7, printers: 2 }, live(new ScriptedBroker(), { clock }));
    for await (const batch of batchesOf(source, new AbortController().signal)) {
      for (const { eventTime } of batch) expect(eventTime).toBeLessThanOrEqual(clock.time);
    }
  });

  it("runs faster with speedup, and gives the same readings", async () => {
    const clock = new SleepClock();
    const given: GivenOptions = { duration: "100s", speedup: 10, start: "2026-01-01T00:00:00Z" };
    const elements = await take(await open(given, live(new ScriptedBroker(), { clock })), Infinity);
    expect((clock.time - NOON) / 1000).toBeCloseTo(10, 0);
    expect(values(elements)).toEqual([...simulate(given)]);
  });

  it("leaves readings out when its reader is too slow, and says so", async () => {
    const clock = new SleepClock();
    const lines: [string, LogFields | undefined][] = [];
    const source = await open({ rate: 100 }, live(new ScriptedBroker(), { clock, log: logInto(lines) }));
    const stop = new AbortController();
    const times: number[] = [];
    for await (const batch of batchesOf(source, stop.signal)) {
      expect(batch.length).toBeLessThan(120);
      for (const { eventTime } of batch) times.push(eventTime);
      if (times.length === 1) clock.time += 3_600_000;
      if (times.length > 200) stop.abort();
    }
    expect(lines).toContainEqual(["synthesizer fell behind and left readings out", { seconds: expect.any(Number) }]);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(3_599_000);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs(times.at(-1)! - clock.time)).toBeLessThan(1100);
  });

  it("goes on after the clock was set back, and its time does not run backwards", async () => {
    const clock = new SleepClock();
    const source = await open({ rate: 100 }, live(new ScriptedBroker(), { clock }));
    const stop = new AbortController();
    const times: number[] = [];
    let slept = 0;
    for await (const batch of batchesOf(source, stop.signal)) {
      for (const { eventTime } of batch) times.push(eventTime);
      if (times.length === 1) clock.time -= 3_600_000;
      slept = clock.time - (NOON - 3_600_000);
      if (times.length > 100) stop.abort();
    }
    expect(slept).toBeLessThan(3_000);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});

describe("commands", () => {
  const speeds = (elements: Batch) => {
    const last = new Map(values(elements).map((value) => [value.printer_id, value.speed_factor]));
    return [last.get("printer_1"), last.get("printer_2")];
  };
  const after = async (messages: readonly Incoming[], given: GivenOptions = {}) => {
    const lines: [string, LogFields | undefined][] = [];
    const broker = new ScriptedBroker(messages);
    const options: GivenOptions = { printers: 2, duration: "2s", ...given };
    const elements = await take(await open(options, live(broker, { log: logInto(lines) })), Infinity);
    return { broker, lines, speeds: speeds(elements) };
  };

  it("reach the printer that the topic names", async () => {
    const { speeds, broker } = await after([message("printer/control/printer_2", { speed: 50 })]);
    expect(speeds).toEqual([100, 50]);
    expect(broker.subscriptions).toEqual([
      { filters: ["printer/control/+"], qos: 1, session: "test-node-control", limit: 1000 },
    ]);
    expect(broker.ended).toBe(true);
  });

  it("count until they expire", async () => {
    const at = (ms: number) => new Date(NOON + ms).toISOString();
    const fresh = message("printer/control/printer_1", { speed: 50, expires_at: at(30_000) });
    const stale = message("printer/control/printer_2", { speed: 50, expires_at: at(-1) });
    expect((await after([fresh, stale])).speeds).toEqual([50, 100]);
  });

  it("are ignored where they make no sense, with the reason in the log", async () => {
    const { speeds, lines } = await after([
      message("printer/control/printer_1", "nonsense"),
      message("printer/control/printer_1", { speed: 50 }, true),
      message("printer/control/printer_3", { speed: 50 }),
      message("printer/control/toaster", { speed: 50 }),
      message("printer/control/printer_01", { speed: 50 }),
      message("printer/control/printer_2", { speed: 70 }),
    ]);
    expect(speeds).toEqual([100, 70]);
    expect(lines.map(([, fields]) => fields?.["reason"])).toEqual([
      "no JSON object",
      "retained",
      "no such printer",
      "no such printer",
      "no such printer",
    ]);
  });

  it.each([null, ""])("are not listened for with control %j", async (control) => {
    const { broker } = await after([], { control });
    expect(broker.subscriptions).toEqual([]);
  });

  it("are not listened for in a replay", async () => {
    await expect(take(await open({ duration: "1s" }), Infinity)).resolves.toHaveLength(100);
  });

  it("need a broker: without one a live run says how to get it", () => {
    expect(() => open({}, contextFor({ live: true }))).toThrow(/set MQTT_URL/);
  });

  it("end the run where the broker refuses", async () => {
    const broker = new ScriptedBroker([], new ConfigError("the broker refused the login"));
    await expect(take(await open({}, live(broker)), Infinity)).rejects.toThrow("refused the login");
  });

  it("are missed, and the readings go on, after any other trouble", async () => {
    const lines: [string, LogFields | undefined][] = [];
    const broker = new ScriptedBroker([], new Error("socket on fire"));
    const elements = await take(await open({ duration: "3s" }, live(broker, { log: logInto(lines) })), Infinity);
    expect(elements).toHaveLength(300);
    expect(lines[0]![0]).toBe("simulated printers no longer hear commands");
  });
});

describe("options", () => {
  const problem = (options: unknown) => synthesizer.options.safeParse(options).error?.issues[0]?.message;

  it.each([
    [{ inject: [{ printer: "p1", fault: "clog", at: "1s" }] }, "write printer_1, printer_2, …"],
    [{ start: "tomorrow" }, "write a time: 2026-01-01T00:00:00Z, or ms since the epoch"],
    [{ start: 1e300 }, "write a time: 2026-01-01T00:00:00Z, or ms since the epoch"],
    [{ control: "printer/#/control" }, expect.any(String)],
    [{ printers: 0 }, expect.any(String)],
    [{ rate: 0 }, expect.any(String)],
    [{ rate: Infinity }, expect.any(String)],
    [{ faults: true }, expect.any(String)],
    [{ faults: { kinds: [] } }, expect.any(String)],
    [{ speed: 3 }, expect.any(String)],
  ])("refuses %j", (options, expected) => expect(problem(options)).toEqual(expected));

  const advice = (options: GivenOptions) => synthesizer.advise!(synthesizer.options.parse(options), {} as NodeView);

  it("points at a fault of a printer that is not there", () => {
    const inject = ["printer_2", "printer_9"].map((printer) => ({ printer, fault: "clog" as const, at: "1s" }));
    expect(advice({ inject })).toEqual([
      {
        severity: "error",
        message: "there is no printer_9: printers is 8; raise it or name another printer",
        path: ["inject", 1, "printer"],
      },
    ]);
  });

  it("warns where readings of a printer would share a millisecond", () => {
    expect(advice({ printers: 2, rate: 5000 })).toMatchObject([{ severity: "warning", path: ["rate"] }]);
    expect(advice({ printers: 8, rate: 5000 })).toEqual([]);
  });
});
