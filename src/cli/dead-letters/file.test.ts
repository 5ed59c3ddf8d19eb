import { appendFile, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { VirtualTimeScheduler } from "rxjs";
import { silentLog } from "../../streams/contract/context.js";
import type { DeadLetter } from "../../streams/runtime/dead-letters.js";
import { clockOf } from "../../streams/time/clock.js";
import { DeadLetterFile } from "./file.js";
import type { StoredLetter } from "./letter.js";
import { readLetters } from "./read.js";

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

async function stored(): Promise<StoredLetter[]> {
  const letters: StoredLetter[] = [];
  for await (const each of readLetters(folder)) letters.push(each);
  return letters;
}

function open(options: { largest?: number; said?: string[] } = {}) {
  const { largest, said = [] } = options;
  const scheduler = new VirtualTimeScheduler();
  const log = {
    ...silentLog,
    error: (message: string) => void said.push(message),
    info: (message: string) => void said.push(message),
  };
  const file = new DeadLetterFile({
    folder,
    clock: clockOf(scheduler),
    log,
    ...(largest !== undefined && { largest }),
  });
  return { file, later: (ms: number) => (scheduler.frame += ms) };
}

it("keeps what is known of each letter, in order", async () => {
  const { file } = open();
  file.add(letter("{", { place: "printing/p/sensor", key: "p" }));
  file.add(letter({ n: 1 }, { position: { stream: "in", partition: 3, offset: 7 }, eventTime: 1_000 }));
  await file.close();
  const letters = await stored();
  expect(letters).toMatchObject([
    { pipeline: "quality", node: "sensors", cause: "not JSON", place: "printing/p/sensor", key: "p", payload: "{" },
    { position: { stream: "in", partition: 3, offset: 7 }, event_time: "1970-01-01T00:00:01.000Z", payload: { n: 1 } },
  ]);
  expect(new Set(letters.map(({ id }) => id)).size).toBe(2);
});

it("goes on behind what an earlier run left, half a line included", async () => {
  const first = open().file;
  first.add(letter("a"));
  await first.close();
  await appendFile(join(folder, "dead-letters.jsonl"), '{"id":"killed-in-the-mid');
  const second = open().file;
  second.add(letter("b"));
  await second.close();
  expect((await stored()).map(({ payload }) => payload)).toEqual(["a", "b"]);
});

it("begins a new file where one is full, and keeps one earlier", async () => {
  for (const payload of ["a", "b", "c"]) {
    const { file } = open({ largest: 1 });
    file.add(letter(payload));
    await file.close();
  }
  expect((await readdir(folder)).sort()).toEqual(["dead-letters.1.jsonl", "dead-letters.jsonl"]);
  expect((await stored()).map(({ payload }) => payload)).toEqual(["b", "c"]);
});

it("cuts a long payload and says so", async () => {
  const { file } = open();
  file.add(letter("x".repeat(100_000)));
  file.add(letter({ text: "x".repeat(100_000) }));
  await file.close();
  for (const { payload, cut } of await stored()) {
    expect(cut).toBe(true);
    expect((payload as string).length).toBe(16_384);
  }
});

it("takes what JSON cannot hold and times beyond any calendar", async () => {
  const { file } = open();
  file.add(letter({ big: 10n }, { eventTime: 1e300 }));
  file.add(letter(undefined, { eventTime: NaN }));
  await file.close();
  const [big, none] = await stored();
  expect(big!.payload).toMatch(/no JSON can be made of it.*BigInt/);
  expect(none!.payload).toBe(null);
});

it("waits while the disk is full, says so once, and writes everything when there is room again", async () => {
  const said: string[] = [];
  const path = join(folder, "dead-letters.jsonl");
  // Linux's own full disk.
  await symlink("/dev/full", path);
  const { file, later } = open({ said });
  for (const payload of ["a", "b", "c"]) {
    file.add(letter(payload));
    later(2_000);
    await file.settled();
  }
  expect(said).toEqual(["dead letters cannot be written, they wait in memory"]);
  await rm(path);
  file.add(letter("d"));
  await file.close();
  expect((await stored()).map(({ payload }) => payload)).toEqual(["a", "b", "c", "d"]);
  expect(said.slice(1)).toEqual(["dead letters are written again"]);
});

it("lets letters go, counted, where too many wait", async () => {
  const said: string[] = [];
  await symlink("/dev/full", join(folder, "dead-letters.jsonl"));
  const { file } = open({ said });
  for (let i = 0; i < 300; i++) file.add(letter("x".repeat(16_000)));
  await file.close();
  expect(said).toEqual(["dead letters cannot be written, they wait in memory", "dead letters were not written"]);
});

it("writes whole lines of JSON", async () => {
  const { file } = open();
  file.add(letter("two\nlines"));
  await file.close();
  const text = await readFile(join(folder, "dead-letters.jsonl"), "utf8");
  expect(text.trim().split("\n")).toHaveLength(1);
});
