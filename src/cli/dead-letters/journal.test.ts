import { mkdirSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { VirtualTimeScheduler } from "rxjs";
import { silentLog } from "../../streams/contract/context.js";
import { segmentPath } from "../../streams/journal/embedded/segment.js";
import { streamFolder } from "../../streams/journal/embedded/open.js";
import { fromJson } from "../../streams/record/json.js";
import type { DeadLetter } from "../../streams/runtime/dead-letters.js";
import { clockOf } from "../../streams/time/clock.js";
import { DeadLetterJournal, type DeadLetterJournalOptions } from "./journal.js";
import type { StoredLetter } from "./letter.js";
import { readLetters } from "./read.js";
import { openDeadLetterStream, runningOn, STREAM } from "./stream.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dead-letters-"));
});
afterEach(() => rm(folder, { recursive: true }));

const letter = (payload: unknown, more: Partial<DeadLetter> = {}): DeadLetter => ({
  pipeline: "quality",
  node: "sensors",
  reason: "not JSON",
  payload,
  ...more,
});
const position = { stream: "in", partition: 3, offset: 7 };

async function stored(): Promise<StoredLetter[]> {
  const letters: StoredLetter[] = [];
  for await (const each of readLetters(folder)) letters.push(each);
  return letters;
}

async function open(more: Partial<DeadLetterJournalOptions> = {}) {
  const scheduler = new VirtualTimeScheduler();
  const said: string[] = [];
  const log = {
    ...silentLog,
    error: (message: string) => void said.push(message),
    info: (message: string) => void said.push(message),
  };
  const stream = await openDeadLetterStream(folder, log);
  const journal = new DeadLetterJournal({ stream, clock: clockOf(scheduler), log, ...more });
  const later = (ms: number) => {
    scheduler.maxFrames = scheduler.frame + ms;
    scheduler.flush();
  };
  return { journal, said, later };
}

/** Makes the disk refuse the next append, as long as the folder stands there. */
function refuse(): () => void {
  const path = segmentPath(streamFolder(folder, STREAM), 1);
  mkdirSync(path);
  return () => rmSync(path, { recursive: true });
}

it("keeps what is known of each letter, in order, once it is told to write", async () => {
  const { journal } = await open();
  journal.add(letter("{", { place: "printing/p/sensor", key: "p" }));
  journal.add(letter({ n: 1 }, { position, eventTime: 1_000, input: 1 }));
  expect(await stored()).toEqual([]);
  journal.write();
  // Another process may look meanwhile, and after this one was killed.
  expect(await stored()).toMatchObject([
    { pipeline: "quality", node: "sensors", cause: "not JSON", place: "printing/p/sensor", key: "p", payload: "{" },
    { position, event_time: "1970-01-01T00:00:01.000Z", input: 1, payload: { n: 1 } },
  ]);
  expect(runningOn(folder)).toBe(process.pid);
  await journal.close();
  expect(runningOn(folder)).toBeUndefined();
});

it("writes by itself in the next turn", async () => {
  const { journal } = await open();
  journal.add(letter("a"));
  await setImmediate();
  expect(await stored()).toHaveLength(1);
  await journal.close();
});

it("goes on behind what an earlier run left", async () => {
  for (const payload of ["a", "two\nlines"]) {
    const { journal } = await open();
    journal.add(letter(payload));
    await journal.close();
  }
  expect((await stored()).map(({ payload }) => payload)).toEqual(["a", "two\nlines"]);
});

it("lists a record that fails again in a restart once, and one that fails again after a retry anew", async () => {
  const failing = letter({ n: 1 }, { position });
  let retried = 0;
  const { journal } = await open({ retries: () => retried });
  journal.add(failing);
  journal.add(failing);
  journal.add({ ...failing, reason: "another" });
  journal.add({ ...failing, position: { ...position, offset: 8 } });
  retried = 1;
  journal.add(failing);
  journal.add(letter("{"));
  journal.add(letter("{"));
  await journal.close();
  const ids = (await stored()).map(({ id }) => id);
  expect(ids).toHaveLength(6);
  expect(ids[3]).toBe(`${ids[0]}.2`);
});

it("keeps a payload whole up to 256 Ki characters, cuts a longer one and says so", async () => {
  const { journal } = await open();
  journal.add(letter("x".repeat(262_144)));
  journal.add(letter("x".repeat(262_145)));
  journal.add(letter({ text: "x".repeat(300_000) }));
  await journal.close();
  const letters = await stored();
  expect(letters.map(({ cut }) => cut)).toEqual([undefined, true, true]);
  for (const { payload } of letters) expect((payload as string).length).toBe(262_144);
});

it("keeps all that belongs to a value, where what is shown of it is less", async () => {
  const value = { kind: "features", names: ["a"], values: Float64Array.of(NaN), evidence: { from: position } };
  const { journal } = await open();
  journal.add(letter(value, { position }));
  await journal.close();
  const [kept] = await stored();
  expect(kept!.payload).toEqual({ kind: "features", a: null });
  expect(fromJson(kept!.value!)).toEqual(value);
});

it("takes what JSON cannot hold and times beyond any calendar", async () => {
  const { journal } = await open();
  journal.add(letter({ big: 10n }, { eventTime: 1e300 }));
  journal.add(letter(undefined, { eventTime: NaN }));
  await journal.close();
  const [big, none] = await stored();
  expect(big).toMatchObject({ payload: expect.stringMatching(/no JSON can be made of it.*BigInt/), lossy: true });
  expect(none!.payload).toBe(null);
});

it("waits while the disk refuses, says so once, and writes everything when there is room again", async () => {
  const { journal, said, later } = await open();
  const relent = refuse();
  for (const payload of ["a", "b", "c"]) {
    journal.add(letter(payload));
    journal.write();
    later(2_000);
  }
  expect(said).toEqual(["dead letters cannot be written, they wait in memory"]);
  relent();
  later(1_000);
  expect((await stored()).map(({ payload }) => payload)).toEqual(["a", "b", "c"]);
  expect(said.slice(1)).toEqual(["dead letters are written again"]);
  await journal.close();
});

it("lets letters go, counted, where too many wait", async () => {
  const { journal, said } = await open();
  const relent = refuse();
  for (let i = 0; i < 100; i++) journal.add(letter("x".repeat(250_000)));
  journal.write();
  await journal.close();
  expect(said).toEqual(["dead letters cannot be written, they wait in memory", "dead letters were not written"]);
  relent();
});
