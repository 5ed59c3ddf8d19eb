import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { Aedes, type AedesPublishPacket } from "aedes";
import { mqttBroker, type MqttBroker, type Outgoing } from "../../connections/mqtt/broker.js";
import { contextFor, provide } from "../../streams/contract/context.js";
import { RecordMaker } from "../../streams/contract/records.js";
import { sinkContract } from "../../streams/contract/sink.js";
import { cutState, restoreState, type Saved } from "../../streams/contract/state.js";
import { DisconnectedError } from "../../streams/component/errors.js";
import type { Deeds } from "../../streams/component/context.js";
import type { Sink } from "../../streams/component/definition.js";
import type { JsonValue } from "../../streams/record/json.js";
import type { StreamRecord } from "../../streams/record/record.js";
import type { Adjustment, Verdict } from "../../streams/record/values.js";
import type { Clock } from "../../streams/time/clock.js";
import { controlMode, type ControlMode } from "./mode.js";
import { feedback } from "./index.js";

const START = Date.parse("2026-01-01T00:00:00Z");

/** The clock stands still until a test moves it. */
class TestClock {
  #now = START;
  readonly clock: Clock = { ...contextFor().clock, now: () => this.#now };
  set(seconds: number): void {
    this.#now = START + seconds * 1000;
  }
}

let aedes: Aedes;
let broker: MqttBroker;
/** Set by a test to have the broker refuse, before or after it took the message. */
let away: ((message: Outgoing) => boolean) | undefined;
/** Set by a test to have the broker's word come no sooner. */
let word: Promise<void> | undefined;
let received: { topic: string; payload: string; retain: boolean; qos: number }[];

beforeAll(async () => {
  aedes = await Aedes.createBroker();
  await new Promise<void>((resolve) =>
    aedes.subscribe(
      "#",
      (packet: AedesPublishPacket, done: () => void) => {
        const { topic, payload, retain, qos } = packet;
        if (!topic.startsWith("$SYS")) received.push({ topic, payload: payload.toString(), retain, qos });
        done();
      },
      resolve,
    ),
  );
  broker = {
    address: "mqtt://in-process",
    async *subscribe() {},
    publish: ({ topic, payload, qos, retain }) =>
      new Promise((resolve, reject) => {
        if (away?.({ topic, payload, qos, retain })) reject(new DisconnectedError("the broker is away"));
        else
          aedes.publish({ cmd: "publish", dup: false, topic, payload, qos, retain }, (error) =>
            error ? reject(error) : void Promise.resolve(word).then(resolve),
          );
      }),
    close: async () => {},
  };
});
afterAll(() => new Promise<void>((resolve) => aedes.close(resolve)));
beforeEach(() => {
  received = [];
});
afterEach(() => {
  away = word = undefined;
});

interface Run {
  readonly sink: Sink<Verdict, Adjustment>;
  readonly clock: TestClock;
  /** Hands one verdict over and gives what became of it: `sent {"speed":50}`, or `nothing`. */
  say(record: StreamRecord<Verdict>): Promise<string>;
}

/** What survives a crash at once. */
class Notebook implements Deeds {
  owned = true;
  readonly #noted = new Map<string, JsonValue>();
  find(id: string): JsonValue | undefined {
    return this.#noted.get(id);
  }
  ours(): boolean {
    return this.owned;
  }
  note(_: string, id: string, deed: JsonValue): void {
    this.#noted.set(id, deed);
  }
}

function run(options: object = {}, mode: ControlMode = { mode: "auto" }, live = true, began = 0, deeds?: Deeds): Run {
  const clock = new TestClock();
  clock.set(began);
  const resources = [provide(mqttBroker, broker), provide(controlMode, mode)];
  const context = contextFor({ node: "control", live, clock: clock.clock, resources, ...(deeds && { deeds }) });
  const sink = feedback.open(feedback.options.parse({ adjust: { speed: 50 }, ...options }), context) as Run["sink"];
  return { sink, clock, say: async (record) => outcome(await sink.write([record])) };
}

function outcome(adjustments: readonly StreamRecord<Adjustment>[] | undefined): string {
  return (
    adjustments?.map(({ value }) => `${value.outcome} ${JSON.stringify(commanded(value))}`).join(", ") || "nothing"
  );
}

const COMMANDS = ["speed", "nozzle_temp", "bed_temp", "fan", "flow", "pause"];

function commanded(message: object): object {
  return JSON.parse(JSON.stringify(message, COMMANDS)) as object;
}

const sent = (): object[] => received.map(({ payload }) => commanded(JSON.parse(payload) as object));
const records = new RecordMaker("sensors");

/** A verdict at so many seconds after START, by default of the episode of that rule that began with the number in its name. */
function verdict(
  state: Verdict["state"],
  seconds: number,
  episode = "rough/1",
  key = "printer_1",
): StreamRecord<Verdict> {
  const observed = state === "raised" ? 80 : 60;
  const at = records.at(key, START / 1000 + seconds, {});
  const evidence = { from: at.position, to: at.position };
  const [rule] = episode.split("/");
  const value: Verdict = {
    kind: "verdict",
    rule: rule!,
    state,
    field: "roughness",
    observed,
    limit: state === "raised" ? 75 : 70,
    estimated: false,
    episode: `${key}/${episode}`,
    evidence,
  };
  return { ...at, value };
}
const raised = (seconds: number, episode?: string, key?: string) => verdict("raised", seconds, episode, key);
const cleared = (seconds: number, episode?: string, key?: string) => verdict("cleared", seconds, episode, key);

describe("sink: feedback", () => {
  sinkContract({
    definition: feedback,
    open: () => {
      received = [];
      return run().sink;
    },
    records: [raised(0), cleared(5), raised(20, "rough/2"), cleared(25, "rough/2")],
    written: () => received.map(({ payload }) => payload),
  });

  it("slows the printer when an episode begins and takes it back when it ends", async () => {
    const { say } = run();
    expect(await say(raised(0))).toBe('sent {"speed":50}');
    expect(await say(cleared(5))).toBe('sent {"speed":100}');
    expect(sent()).toEqual([{ speed: 50 }, { speed: 100 }]);
  });

  it("sends one flat message to the printer's own topic, QoS 1, not retained", async () => {
    const { sink } = run();
    const record = raised(0);
    const [adjustment] = (await sink.write([record]))!;
    const command_id = adjustment!.value.command_id;
    expect(command_id).toMatch(/^[0-9a-f]{16}$/);
    expect(received).toEqual([
      {
        topic: "printer/control/printer_1",
        retain: false,
        qos: 1,
        payload:
          `{"speed":50,"command_id":"${command_id}","reason":"roughness 80.0 above 75",` +
          `"issued_at":"2026-01-01T00:00:00.000Z","expires_at":"2026-01-01T00:00:30.000Z"}`,
      },
    ]);
    expect(adjustment).toEqual({
      ...record,
      value: {
        kind: "adjustment",
        speed: 50,
        command_id,
        reason: "roughness 80.0 above 75",
        issued_at: "2026-01-01T00:00:00.000Z",
        expires_at: "2026-01-01T00:00:30.000Z",
        outcome: "sent",
        episode: "printer_1/rough/1",
        evidence: record.value.evidence,
      },
    });
  });

  it("puts what it adjusts in one order, and restores what it was told to", async () => {
    const { say } = run({
      adjust: { fan: 100, flow: 95, speed: 80 },
      restore: { fan: 40, speed: 100, nozzle_temp: 210 },
    });
    await say(raised(0));
    await say(cleared(5));
    expect(received.map(({ payload }) => payload.slice(0, payload.indexOf(',"command_id"')))).toEqual([
      '{"speed":80,"fan":100,"flow":95',
      '{"speed":100,"nozzle_temp":210,"fan":40',
    ]);
  });

  it("keeps printers apart", async () => {
    const { say } = run();
    await say(raised(0));
    expect(await say(raised(1, "rough/1", "printer_2"))).toBe('sent {"speed":50}');
    expect(await say(cleared(2, "rough/1", "printer_2"))).toBe('sent {"speed":100}');
    expect(received.map(({ topic }) => topic)).toEqual([
      "printer/control/printer_1",
      "printer/control/printer_2",
      "printer/control/printer_2",
    ]);
  });

  it("answers a printer without waiting for the broker's word on another, and each printer in order", async () => {
    const { sink } = run();
    let speak = (): void => {};
    word = new Promise((resolve) => (speak = resolve));
    const batch = [raised(0), cleared(5), raised(6, "rough/1", "printer_2")];
    const written = sink.write(batch);
    while (received.length < 2) await setImmediate();
    expect(received.map(({ topic }) => topic)).toEqual(["printer/control/printer_1", "printer/control/printer_2"]);
    speak();
    expect(outcome(await written)).toBe('sent {"speed":50}, sent {"speed":100}, sent {"speed":50}');
    expect(received[2]!.topic).toBe("printer/control/printer_1");
  });

  describe("a repeat", () => {
    it("has the same id and outcome, and goes out once", async () => {
      const { sink } = run();
      const batch = [raised(0), cleared(5)];
      const first = await sink.write(batch);
      expect(await sink.write(structuredClone(batch))).toEqual(first);
      expect(received).toHaveLength(2);
    });

    it("of what an earlier batch sent is nothing new", async () => {
      const { say } = run();
      await say(raised(0));
      await say(cleared(5));
      expect([await say(raised(0)), await say(cleared(5))]).toEqual(["nothing", "nothing"]);
      expect(received).toHaveLength(2);
    });
  });

  describe("while the broker is away", () => {
    it("is called again with the same batch, and counts nothing twice", async () => {
      const { sink } = run({ limit: { count: 2, per: "1h" } });
      const batch = [raised(0), cleared(5), raised(20, "rough/2"), cleared(25, "rough/2")];
      away = ({ payload }) => received.length === 2 && payload.startsWith('{"speed":50');
      for (let attempt = 0; attempt < 5; attempt++) await expect(sink.write(batch)).rejects.toThrow(DisconnectedError);
      expect(sent()).toEqual([{ speed: 50 }, { speed: 100 }]);
      away = undefined;
      expect(outcome(await sink.write(batch))).toBe(
        'sent {"speed":50}, sent {"speed":100}, sent {"speed":50}, sent {"speed":100}',
      );
      expect(sent()).toHaveLength(4);
    });

    it("keeps the time of issue over attempts, and withholds what has expired meanwhile", async () => {
      const { say, sink, clock } = run({ expires: "30s" });
      away = () => true;
      const first = raised(0);
      await expect(say(first)).rejects.toThrow(DisconnectedError);
      clock.set(30);
      away = undefined;
      await say(first);
      expect(JSON.parse(received[0]!.payload)).toMatchObject({ expires_at: "2026-01-01T00:00:30.000Z" });

      away = () => true;
      const second = raised(30, "rough/1", "printer_2");
      await expect(say(second)).rejects.toThrow(DisconnectedError);
      clock.set(61);
      const [adjustment] = (await sink.write([second]))!;
      expect(adjustment!.value).toMatchObject({
        outcome: "withheld",
        reason: "roughness 80.0 above 75; withheld: it expired before the broker could take it",
      });
      expect(received).toHaveLength(1);
    });

    it("takes back what expired, since the broker may have had it", async () => {
      const { say, clock } = run({ expires: "30s" });
      away = () => true;
      await expect(say(raised(0))).rejects.toThrow(DisconnectedError);
      clock.set(40);
      expect(await say(raised(0))).toBe('withheld {"speed":50}');
      await expect(say(cleared(41))).rejects.toThrow(DisconnectedError);
      clock.set(90);
      away = undefined;
      expect(await say(cleared(41))).toBe('sent {"speed":100}');
    });

    it("hands on any other error", async () => {
      const { say } = run({ topic: "control/{key}" });
      const refused = new Error("not authorised");
      const { publish } = broker;
      broker.publish = () => Promise.reject(refused);
      await expect(say(raised(0))).rejects.toBe(refused);
      broker.publish = publish;
    });
  });

  describe("after a crash", () => {
    it("gives the answers that went out behind the last checkpoint once more, and sends none again", async () => {
      const notebook = new Notebook();
      const first = run({}, { mode: "auto" }, true, 0, notebook);
      const verdicts = [raised(0), cleared(20), raised(40, "rough/2")];
      const before = [];
      for (const each of verdicts) {
        first.clock.set((each.eventTime - START) / 1000);
        before.push(await first.sink.write([each]));
      }
      received = [];
      // An hour later: fresh it is no more.
      const second = run({}, { mode: "auto" }, true, 3600, notebook);
      for (const [i, each] of verdicts.entries()) expect(await second.sink.write([each])).toEqual(before[i]);
      expect(received).toEqual([]);
      expect(await second.say(cleared(3600, "rough/2"))).toBe('sent {"speed":100}');
    });

    it("sends nothing to a printer that someone else has taken over", async () => {
      const notebook = new Notebook();
      const { say } = run({}, { mode: "auto" }, true, 0, notebook);
      received = [];
      notebook.owned = false;
      expect(await say(raised(0))).toBe("nothing");
      expect(received).toEqual([]);
    });

    it("withholds what it withheld, for the same reason, and takes nothing back that was never sent", async () => {
      const notebook = new Notebook();
      const first = run({}, { mode: "auto" }, true, 0, notebook);
      // Withheld for the cooldown; a reminder has another chance later.
      const verdicts = [raised(0), cleared(1), raised(2, "rough/2"), cleared(3, "rough/2"), raised(4, "rough/3")];
      const reminders = [raised(7, "rough/3"), raised(34, "rough/3")];
      const before = [];
      for (const each of [...verdicts, ...reminders]) {
        first.clock.set((each.eventTime - START) / 1000);
        before.push(outcome(await first.sink.write([each])));
      }
      expect(before.slice(2)).toEqual([
        ...['withheld {"speed":50}', 'withheld {"speed":100}', 'withheld {"speed":50}'],
        ...["nothing", 'sent {"speed":50}'],
      ]);
      received = [];
      const second = run({}, { mode: "auto" }, true, 3600, notebook);
      const again = [];
      for (const each of [...verdicts, ...reminders]) again.push(outcome(await second.sink.write([each])));
      expect(again).toEqual(before);
      expect(received).toEqual([]);
    });
  });

  describe("after a restart", () => {
    /** Another run, so many seconds after START, that was given the state of the first. */
    async function restarted(saved: Saved, began: number, options: object = {}): Promise<Run> {
      const next = run(options, { mode: "auto" }, true, began);
      await restoreState(next.sink, saved);
      return next;
    }

    it("says nothing again of an episode that it answered, and takes it back", async () => {
      const first = run();
      await first.say(raised(0));
      const { say } = await restarted(cutState(first.sink)(), 40);
      expect(await say(raised(41))).toBe("nothing");
      // However late, as without a restart.
      expect(await say(cleared(-500))).toBe('sent {"speed":100}');
    });

    it.each([
      [{ cooldown: "60s" }, "the last adjustment was 40 s ago, cooldown is 60 s"],
      [{ limit: { count: 1, per: "1h" } }, "the limit of 1 adjustments in 3600 s is reached"],
    ])("keeps to %j", async (options, reason) => {
      const first = run(options);
      await first.say(raised(0));
      await first.say(cleared(5));
      const { sink } = await restarted(cutState(first.sink)(), 39, options);
      const [adjustment] = (await sink.write([raised(40, "rough/2")]))!;
      expect(adjustment!.value.reason).toContain(reason);
    });

    it("knows that it sent nothing for an episode, and so takes nothing back", async () => {
      const first = run({ cooldown: "60s" });
      await first.say(raised(0));
      await first.say(cleared(5));
      expect(await first.say(raised(10, "rough/2"))).toBe('withheld {"speed":50}');
      const { say } = await restarted(cutState(first.sink)(), 20, { cooldown: "60s" });
      expect(await say(cleared(25, "rough/2"))).toBe('withheld {"speed":100}');
      // Who was not told must think that the adjustment may have been sent.
      expect(await run({}, { mode: "auto" }, true, 20).say(cleared(25, "rough/2"))).toBe('sent {"speed":100}');
    });

    it("takes back what the run that crashed may have sent behind its last checkpoint", async () => {
      const saved = cutState(run().sink)();
      const { say, clock } = await restarted(saved, 300);
      expect(await say(raised(10))).toBe('withheld {"speed":50}');
      clock.set(310);
      expect(await say(cleared(305))).toBe('sent {"speed":100}');
      // And only that.
      expect(await say(raised(306, "rough/2"))).toBe('sent {"speed":50}');
      expect(await say(raised(307, "rough/3"))).toBe('withheld {"speed":50}');
      expect(await say(cleared(308, "rough/2"))).toBe('withheld {"speed":100}');
    });

    it("keeps the time of issue of a command that the broker had not taken", async () => {
      const first = run({ expires: "30s" });
      away = () => true;
      await expect(first.say(raised(0))).rejects.toThrow(DisconnectedError);
      away = undefined;
      const saved = cutState(first.sink)();
      expect(await (await restarted(saved, 31)).say(raised(0))).toBe('withheld {"speed":50}');
      expect(await (await restarted(saved, 30)).say(raised(0))).toBe('sent {"speed":50}');
      expect(JSON.parse(received[0]!.payload)).toMatchObject({ expires_at: "2026-01-01T00:00:30.000Z" });
    });

    it("was cut while the broker had yet to answer: the command is tried again", async () => {
      const first = run();
      let answer = (): void => {};
      word = new Promise((resolve) => (answer = resolve));
      const said = first.say(raised(0));
      const pull = cutState(first.sink);
      answer();
      expect(await said).toBe('sent {"speed":50}');
      word = undefined;
      const { say } = await restarted(pull(), 1);
      expect(await say(raised(0))).toBe('sent {"speed":50}');
      expect(new Set(received.map(({ payload }) => payload)).size).toBe(1);
    });

    it("knows since when it knows, over any number of restarts", async () => {
      const first = run({ cooldown: "60s" });
      await first.say(raised(0));
      await first.say(cleared(1));
      await first.say(raised(2, "rough/2"));
      const second = await restarted(cutState(first.sink)(), 10, { cooldown: "60s" });
      const third = await restarted(cutState(second.sink)(), 20, { cooldown: "60s" });
      expect(await third.say(cleared(25, "rough/2"))).toBe('withheld {"speed":100}');
    });
  });

  it.each(["a/b", "+", "#", ""])("publishes nothing for the key %j", async (key) => {
    expect(await run().say(raised(0, "rough/1", key))).toBe('withheld {"speed":50}');
    expect(received).toEqual([]);
  });

  it("puts a key into the topic as it is", async () => {
    await run().say(raised(0, "rough/1", "$& {key}"));
    expect(received[0]!.topic).toBe("printer/control/$& {key}");
  });

  it("goes by the time of the records in a replay that publishes", async () => {
    const { say, clock } = run({}, { mode: "auto" }, false);
    clock.set(3600);
    expect(await say(raised(0))).toBe('sent {"speed":50}');
    expect(JSON.parse(received[0]!.payload)).toMatchObject({ issued_at: "2026-01-01T00:00:00.000Z" });
  });

  it("asks for a broker and a mode before any record flows", () => {
    const options = feedback.options.parse({ adjust: { speed: 50 } });
    expect(() => feedback.open(options, contextFor())).toThrow("MQTT_URL");
    expect(() => feedback.open(options, contextFor({ resources: [provide(mqttBroker, broker)] }))).toThrow(
      "CONTROL_MODE",
    );
  });
});
