import { describe, expect, it } from "@jest/globals";
import { contextFor } from "../../streams/contract/context.js";
import { RecordMaker } from "../../streams/contract/records.js";
import type { StreamRecord } from "../../streams/record/record.js";
import type { Adjustment, Verdict } from "../../streams/record/values.js";
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

/** A rehearsal: the same decisions, by the time of the records alone. */
function run(options: object = {}) {
  const parsed = feedback.options.parse({ adjust: { speed: 50 }, ...options });
  const sink = feedback.rehearse!(parsed, contextFor({ node: "control" }));
  return { sink, say: async (record: StreamRecord<Verdict>) => outcome(await sink.write([record])) };
}

describe("brakes of feedback", () => {
  it.each([
    [{ speed: 50, flow: 95 }, 'rehearsed {"speed":100,"flow":100}'],
    [{ speed: 50, bed_temp: 55 }, 'rehearsed {"speed":100}'],
    [{ nozzle_temp: 200 }, "nothing"],
    [{ pause: true }, "nothing"],
  ])("takes %j back with %s", async (adjust, expected) => {
    const { say } = run({ adjust });
    await say(raised(0));
    expect(await say(cleared(5))).toBe(expected);
  });

  it("has the same id in another run, and another one at the other end, in another episode or node", async () => {
    const ids = async (...batch: StreamRecord<Verdict>[]) =>
      (await run().sink.write(batch))!.map(({ value }) => value.command_id);
    const all = [raised(0), cleared(5), raised(20, "rough/2"), raised(20, "rough/1", "printer_2")];
    expect(await ids(...all)).toEqual(await ids(...all));
    expect(new Set(await ids(...all)).size).toBe(4);
  });

  it("moves nothing where it is a reminder of what was sent", async () => {
    const { say } = run();
    await say(raised(0));
    expect(await say(raised(30))).toBe("nothing");
    expect(await say(raised(60))).toBe("nothing");
    expect(await say(cleared(90))).toBe('rehearsed {"speed":100}');
  });

  describe("cooldown", () => {
    it("leaves a printer alone for a while after an adjustment, and says so", async () => {
      const { say, sink } = run({ cooldown: "10s" });
      await say(raised(0));
      await say(cleared(2));
      const [withheld] = (await sink.write([raised(6, "rough/2")]))!;
      expect(withheld!.value).toMatchObject({
        outcome: "withheld",
        reason: "roughness 80.0 above 75; withheld: the last adjustment was 6 s ago, cooldown is 10 s",
      });
      expect(await say(raised(20, "rough/3"))).toBe('rehearsed {"speed":50}');
    });

    it("sends nothing at the end of an episode whose beginning was withheld", async () => {
      const { say } = run({ cooldown: "10s" });
      await say(raised(0));
      await say(cleared(2));
      await say(raised(4, "rough/2"));
      expect(await say(cleared(6, "rough/2"))).toBe('withheld {"speed":100}');
    });

    it("is made up for by a reminder", async () => {
      const { say } = run({ cooldown: "10s" });
      await say(raised(0));
      await say(cleared(2));
      expect(await say(raised(4, "rough/2"))).toBe('withheld {"speed":50}');
      expect(await say(raised(9, "rough/2"))).toBe("nothing"); // still too early, and said before
      expect(await say(raised(14, "rough/2"))).toBe('rehearsed {"speed":50}');
      expect(await say(cleared(15, "rough/2"))).toBe('rehearsed {"speed":100}');
    });

    it("does not stop a printer whose clock is set back", async () => {
      const { say } = run();
      await say(raised(5000));
      expect(await say(raised(0, "rough/2"))).toBe('rehearsed {"speed":50}');
    });
  });

  it("adjusts a printer so often and no more, and always takes it back", async () => {
    const { say } = run({ limit: { count: 2, per: "1m" }, cooldown: "0s" });
    const said: string[] = [];
    for (const i of [0, 1, 2, 3]) {
      said.push(await say(raised(i * 20, `rough/${i}`)));
      said.push(await say(cleared(i * 20 + 10, `rough/${i}`)));
    }
    expect(said).toEqual([
      'rehearsed {"speed":50}',
      'rehearsed {"speed":100}',
      'rehearsed {"speed":50}',
      'rehearsed {"speed":100}',
      'withheld {"speed":50}',
      'withheld {"speed":100}',
      'rehearsed {"speed":50}', // the first lies a minute back
      'rehearsed {"speed":100}',
    ]);
  });

  describe("several episodes of one printer", () => {
    it("are taken back when the last one ends", async () => {
      const { say } = run();
      await say(raised(0, "rough/1"));
      await say(raised(20, "hot/1"));
      expect(await say(cleared(30, "rough/1"))).toBe('withheld {"speed":100}');
      expect(await say(cleared(40, "hot/1"))).toBe('rehearsed {"speed":100}');
    });

    it("are covered by the adjustment of one of them", async () => {
      const { say } = run({ cooldown: "10s" });
      await say(raised(0, "rough/1"));
      expect(await say(raised(1, "hot/1"))).toBe('withheld {"speed":50}');
      expect(await say(cleared(2, "rough/1"))).toBe('withheld {"speed":100}');
      expect(await say(cleared(3, "hot/1"))).toBe('rehearsed {"speed":100}');
    });
  });

  describe("rehearsal", () => {
    it("decides the same, by the time of the records, and needs no broker", async () => {
      const batch = [raised(0), cleared(5), raised(7, "rough/2"), cleared(8, "rough/2"), raised(30, "rough/3")];
      const rehearsed = (await run().sink.write(batch))!;
      expect(outcome(rehearsed)).toBe(
        'rehearsed {"speed":50}, rehearsed {"speed":100}, withheld {"speed":50}, withheld {"speed":100}, rehearsed {"speed":50}',
      );
      expect(rehearsed[4]!.value).toMatchObject({
        issued_at: "2026-01-01T00:00:30.000Z",
        expires_at: "2026-01-01T00:01:00.000Z",
      });
      expect(JSON.stringify(await run().sink.write(batch))).toBe(JSON.stringify(rehearsed));
    });

    it("takes a time that no calendar has", async () => {
      const [adjustment] = (await run().sink.write([raised(1e15)]))!;
      expect(adjustment!.value.issued_at).toBe("+275760-09-13T00:00:00.000Z");
    });
  });
});
