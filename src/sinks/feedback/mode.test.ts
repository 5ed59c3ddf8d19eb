import { describe, expect, it } from "@jest/globals";
import { mqttBroker, type MqttBroker } from "../../connections/mqtt/broker.js";
import { contextFor, provide } from "../../streams/contract/context.js";
import { RecordMaker } from "../../streams/contract/records.js";
import type { StreamRecord } from "../../streams/record/record.js";
import type { Adjustment, Verdict } from "../../streams/record/values.js";
import { controlMode, type ControlMode } from "./mode.js";
import { feedback } from "./index.js";

const START = Date.parse("2026-01-01T00:00:00Z");
const records = new RecordMaker("sensors");

/** A verdict at so many seconds after START on the episode of that rule and number. */
function verdict(state: Verdict["state"], seconds: number, episode = "rough/1", key = "printer_1") {
  const at = records.at(key, START / 1000 + seconds, {});
  const [rule, evidence] = [episode.split("/")[0]!, { from: at.position, to: at.position }];
  const seen = state === "raised" ? { observed: 80, limit: 75 } : { observed: 60, limit: 70 };
  const value = { kind: "verdict", rule, state, field: "roughness", ...seen, estimated: false, evidence } as const;
  return { ...at, value: { ...value, episode: `${key}/${episode}` } };
}
const raised = (seconds: number, episode?: string, key?: string) => verdict("raised", seconds, episode, key);
const cleared = (seconds: number, episode?: string, key?: string) => verdict("cleared", seconds, episode, key);

/** `rehearsed {"speed":50}`, or `nothing`. */
function outcome(adjustments: readonly StreamRecord<Adjustment>[] | undefined): string {
  const commands = ["speed", "flow"];
  return adjustments?.map(({ value }) => `${value.outcome} ${JSON.stringify(value, commands)}`).join(", ") || "nothing";
}

/** A live run: the clock stands still until it is set, and what is published is counted. */
function run(options: object = {}, mode: ControlMode = { mode: "auto" }) {
  let now = START;
  const clock = { ...contextFor().clock, now: () => now };
  const published: string[] = [];
  const broker: MqttBroker = {
    address: "mqtt://nowhere",
    async *subscribe() {},
    publish: async ({ payload }) => void published.push(payload),
    close: async () => {},
  };
  const resources = [provide(mqttBroker, broker), provide(controlMode, mode)];
  const context = contextFor({ node: "control", live: true, clock, resources });
  const sink = feedback.open(feedback.options.parse({ adjust: { speed: 50 }, ...options }), context);
  return {
    published,
    set: (seconds: number) => void (now = START + seconds * 1000),
    write: async (record: StreamRecord<Verdict>) => (await (await sink).write([record]))!,
    say: async (record: StreamRecord<Verdict>) => outcome(await (await sink).write([record])),
  };
}

describe("advise", () => {
  it("records what it would have sent, and sends nothing", async () => {
    const { say, published } = run({}, { mode: "advise" });
    expect(await say(raised(0))).toBe('advised {"speed":50}');
    expect(await say(cleared(5))).toBe('advised {"speed":100}');
    expect(published).toEqual([]);
  });

  it("is overridden by the node, either way", async () => {
    expect(await run({ mode: "advise" }, { mode: "auto" }).say(raised(0))).toBe('advised {"speed":50}');
    expect(await run({ mode: "auto" }, { mode: "advise" }).say(raised(0))).toBe('sent {"speed":50}');
  });

  it("may be changed while it runs, and a printer may have its own", async () => {
    const printers = new Map<string, "auto" | "advise">([["printer_2", "advise"]]);
    const mode = { mode: "auto" as "auto" | "advise", printers };
    const { say } = run({}, mode);
    expect(await say(raised(0))).toBe('sent {"speed":50}');
    expect(await say(raised(0, "rough/1", "printer_2"))).toBe('advised {"speed":50}');
    mode.mode = "advise";
    expect(await say(raised(0, "rough/1", "printer_3"))).toBe('advised {"speed":50}');
    expect(await say(cleared(5))).toBe('advised {"speed":100}');
  });

  it("does not publish the end of what was only advised", async () => {
    const mode: { mode: "auto" | "advise" } = { mode: "advise" };
    const { say } = run({}, mode);
    await say(raised(0));
    mode.mode = "auto";
    expect(await say(cleared(5))).toBe('advised {"speed":100}');
    expect(await say(raised(20, "rough/2"))).toBe('sent {"speed":50}');
  });

  it("still owes a printer what was published before", async () => {
    const mode: { mode: "auto" | "advise" } = { mode: "auto" };
    const { say } = run({}, mode);
    await say(raised(0));
    mode.mode = "advise";
    await say(cleared(5));
    await say(raised(20, "rough/2"));
    mode.mode = "auto";
    expect(await say(cleared(25, "rough/2"))).toBe('sent {"speed":100}');
  });
});

describe("freshness", () => {
  it("withholds an adjustment on old data", async () => {
    const { write, set, say } = run({ fresh: "1m" });
    set(60);
    expect(await say(raised(0))).toBe('sent {"speed":50}');
    set(100);
    const [adjustment] = await write(raised(39, "rough/2"));
    expect(adjustment!.value).toMatchObject({
      outcome: "withheld",
      reason: expect.stringContaining("the data is 61 s old, fresh is 60 s"),
    });
  });

  it("takes an offset of more than a day for a wrong clock", async () => {
    const { say } = run();
    expect(await say(raised(-100_000, "rough/1", "long_ago"))).toBe('sent {"speed":50}');
    expect(await say(raised(-80_000, "rough/1", "today"))).toBe('withheld {"speed":50}');
    expect(await say(raised(1000, "rough/1", "ahead"))).toBe('sent {"speed":50}');
  });

  it("takes back what it has sent, however late", async () => {
    const { say, set, published } = run();
    await say(raised(0));
    set(600);
    expect(await say(cleared(5))).toBe('sent {"speed":100}');
    expect(JSON.parse(published[1]!)).toMatchObject({ issued_at: "2026-01-01T00:10:00.000Z" });
  });

  it("takes back, on fresh data alone, what an earlier run may have sent", async () => {
    const { say, set } = run();
    set(100);
    expect(await say(cleared(90))).toBe('sent {"speed":100}');
    expect(await say(cleared(5, "rough/1", "printer_2"))).toBe('withheld {"speed":100}');
    expect(await say(raised(-80, "rough/1", "printer_3"))).toBe('withheld {"speed":50}');
    expect(await say(cleared(95, "rough/1", "printer_3"))).toBe('sent {"speed":100}');
    expect(await say(raised(10, "rough/1", "printer_4"))).toBe('withheld {"speed":50}');
    expect(await say(cleared(95, "rough/1", "printer_4"))).toBe('withheld {"speed":100}');
  });
});
