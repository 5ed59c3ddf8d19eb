import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { silentLog } from "../src/streams/contract/context.js";
import { appendsOf } from "../src/streams/contract/journal.js";
import { openEmbeddedStream } from "../src/streams/journal/embedded/open.js";
import type { Element } from "../src/streams/record/record.js";
import { systemClock } from "../src/streams/time/clock.js";
import { Program, until } from "./program.js";

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "journal-"));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(folder, { recursive: true, force: true });
});

async function command(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const program = new Program({ STATE_DIR: folder }, ["journal", ...args]);
  const { code } = await program.ended;
  return { code, out: program.stdout, err: program.output.slice(program.stdout.length) };
}

const at = (minute: number) => Date.parse("2026-01-31T12:00:00Z") + minute * 60_000;

/** Three appends a minute apart, a segment each; the group "pipeline" has read the first. */
async function fill(): Promise<Element[]> {
  const stream = await openEmbeddedStream({
    folder: join(folder, "journal"),
    name: "quality.sensors",
    as: "sensors",
    partitions: 4,
    log: silentLog,
    clock: { ...systemClock, now: () => at(3) },
    segmentBytes: 1,
  });
  const make = appendsOf("sensors");
  const all = [];
  for (const minute of [0, 1, 2]) {
    const { elements, texts } = make(["a", at(minute), { minute, of: "a" }], ["b", at(minute), { note: "\u009b2J" }]);
    stream.append(elements, texts, at(minute));
    if (minute === 0) await stream.commit("pipeline", stream.ends());
    all.push(...elements);
  }
  stream.appendEpoch(5, at(2));
  await stream.close();
  return all;
}

it("lists streams with what is kept of them and how far their consumers are", async () => {
  expect((await command("streams")).out).toBe("the journal is empty\n");
  await fill();
  const { out } = await command("streams");
  expect(out).toMatch(
    /^stream .* groups\nquality\.sensors +4 +6 .*12:00:00\.000Z +2026-01-31T12:02:00\.000Z .*pipeline \(4 behind\)\n$/,
  );
  const [listed] = JSON.parse((await command("streams", "--json")).out) as object[];
  expect(listed).toMatchObject({ name: "quality.sensors", stream: "sensors", begins: [0, 0, 0, 0], segments: 4 });
  expect(listed).toMatchObject({ groups: { pipeline: { behind: 4 } }, newest: "2026-01-31T12:02:00.000Z" });
});

it("reads a stream from and to times and positions, of all printers or one", async () => {
  const all = await fill();
  const read = async (...options: string[]) => {
    const { out } = await command("read", "quality.sensors", "--json", ...options);
    const lines = out.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as { key?: string; event_time: string; epoch?: number });
  };
  const whole = await read();
  expect(whole.filter(({ epoch }) => epoch === undefined)).toMatchObject(
    all.map(({ key, value, position }) => ({ key, value, ...position })),
  );
  expect(whole.at(-1)).toEqual({ arrived: "2026-01-31T12:02:00.000Z", epoch: 5 });
  const minute = (n: number) => new Date(at(n)).toISOString();
  expect(await read("--from", minute(1), "--to", minute(2))).toMatchObject([{ key: "a" }, { key: "b" }]);
  expect(await read("--key", "b", "--limit", "2")).toMatchObject([{ key: "b" }, { key: "b" }]);
  const { partition } = all[0]!.position;
  const place = await read("--from", `sensors/${partition}@1`, "--to", `${partition}@2`, "--key", "a");
  expect(place).toMatchObject([{ key: "a", partition, offset: 1 }]);
  const { out } = await command("read", "quality.sensors", "--limit", "2");
  expect(out.split("\n")[1]).toMatch(/sensors\/\d@\d {2}b {2}2026-01-31T12:00:00\.000Z {2}\{"note":"\\u009b2J"\}$/);
});

it("trims whole segments, and what a consumer has yet to read only by force", async () => {
  await fill();
  const before = (n: number) => ["quality.sensors", "--before", new Date(at(n)).toISOString()];
  expect((await command("trim", ...before(1))).out).toMatch(
    /^1 segments of \d+ bytes are gone; what is kept begins 2026-01-31T12:01/,
  );
  expect((await command("trim", ...before(1))).out).toMatch(/^nothing goes: what is kept begins 2026-01-31T12:01/);
  const refused = await command("trim", ...before(10));
  expect(refused).toMatchObject({
    code: 2,
    err: expect.stringMatching(/the group "pipeline" of quality.sensors has yet to read/),
  });
  const forced = await command("trim", ...before(10), "--force", "--json");
  expect(JSON.parse(forced.out)).toMatchObject({ segments: 2, oldest: "2026-01-31T12:02:00.000Z" });
});

it("says what is wrong", async () => {
  await fill();
  const wrong = async (...args: string[]) => {
    const { code, err } = await command(...args);
    expect(code).toBe(2);
    return err;
  };
  expect(await wrong("read", "quality.sensor")).toMatch(
    /holds nothing of "quality.sensor". Did you mean "quality.sensors"\?/,
  );
  expect(await wrong("read", "quality.sensors", "--from", "soon")).toMatch(/--from "soon" is no time/);
  expect(await wrong("read", "quality.sensors", "--from", "9@1")).toMatch(/has the partitions 0 to 3/);
  expect(await wrong("read", "quality.sensors", "--from", "other/1@1")).toMatch(/is a place in "other"/);
  expect(await wrong("read", "quality.sensors", "--from", "1@1", "--to", "2@1")).toMatch(/different partitions/);
});

it("looks at a stream while a run writes to it, and does not trim it then", async () => {
  const run = new Program({ STATE_DIR: folder, SYNTHESIZER_PRINTERS: "2" });
  ends.push(() => run.end("SIGKILL"));
  await run.line("running");
  interface Listed {
    readonly name: string;
    readonly ends: readonly number[];
    readonly writer?: number;
  }
  let listed: Listed | undefined;
  await until(async () => {
    [listed] = JSON.parse((await command("streams", "--json")).out) as Listed[];
    return listed?.ends.some((end) => end > 0) ?? false;
  });
  expect(listed).toMatchObject({ name: "quality.sensors", writer: expect.any(Number) });
  const { out, err } = await command("read", "quality.sensors", "--json", "--limit", "5");
  expect(
    out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as object),
  ).toHaveLength(5);
  expect(err).toBe("");
  const trimmed = await command("trim", "quality.sensors", "--before", "2100-01-01");
  expect(trimmed).toMatchObject({
    code: 2,
    err: expect.stringContaining(`is in use by process ${listed!.writer}: stop that first`),
  });
});
