import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { VirtualTimeScheduler } from "rxjs";
import { silentLog } from "../../streams/contract/context.js";
import type { Answer, Returning } from "../../streams/runtime/retry.js";
import { clockOf } from "../../streams/time/clock.js";
import { Fates } from "./fates.js";
import { storedLetter } from "./letter.js";
import { openRequests, requestRetries } from "./requests.js";
import { Retrying } from "./retrying.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "retrying-"));
});
afterEach(() => rm(folder, { recursive: true }));

const message = (text: string) =>
  storedLetter({ pipeline: "farm", node: "sensors", reason: "no", place: "topic", payload: text }, 0);
const record = (n: number) =>
  storedLetter(
    {
      pipeline: "farm",
      node: "spans",
      reason: "no",
      key: "p",
      eventTime: 1000,
      position: { stream: "in", partition: 0, offset: n },
      payload: { n },
    },
    0,
  );

/** A run that answers as it is told to. */
function running(answer: (returning: Returning) => Answer | undefined) {
  const given: Returning[] = [];
  const said: string[] = [];
  let keep = (): void => {};
  const kept = new Promise<void>((resolve) => (keep = resolve));
  const scheduler = new VirtualTimeScheduler();
  const fates = Fates.read(folder);
  const retrying = new Retrying({
    folder,
    fates,
    clock: clockOf(scheduler),
    log: { ...silentLog, warn: (text) => void said.push(text) },
    run: {
      retry(_, __, returning) {
        given.push(returning);
        return answer(returning);
      },
      kept: () => kept,
    },
  });
  return { retrying, given, said, fates, keep };
}

it("looks at the start and gives letters in the order in which they were asked for", async () => {
  requestRetries(folder, [record(2), record(1)], 1);
  requestRetries(folder, [record(3)], 2);
  const { given, retrying } = running(() => "taken");
  await setImmediate();
  expect(given.map((each) => "record" in each && each.record.value)).toEqual([{ n: 2 }, { n: 1 }, { n: 3 }]);
  retrying.close();
});

it("is done with a message at once, and with a record when a checkpoint has it", async () => {
  const letters = [message("{}"), record(1)];
  requestRetries(folder, letters, 1);
  const { given, retrying, fates, keep } = running(() => "taken");
  await setImmediate();
  expect(openRequests(folder).map(({ id }) => id)).toEqual([letters[1]!.id]);
  retrying.look();
  expect(given).toHaveLength(2);
  // Where it fails again that is another letter, before any checkpoint.
  expect(fates.retries(letters[1]!.id)).toBe(1);
  keep();
  await setImmediate();
  expect(openRequests(folder)).toEqual([]);
  expect(letters.map(({ id }) => Fates.read(folder).of(id)?.state)).toEqual(["retried", "retried"]);
  retrying.close();
});

it("asks again where a source can take nothing now, and not where the run has no such pipeline", async () => {
  requestRetries(folder, [message("a"), message("b")], 1);
  const { given, retrying, said, fates } = running((each) =>
    "text" in each && each.text === "a" ? "later" : undefined,
  );
  await setImmediate();
  retrying.look();
  expect(given.map((each) => "text" in each && each.text)).toEqual(["a", "b", "a"]);
  expect(said).toEqual(["a retry waits for a run of its pipeline"]);
  expect(openRequests(folder)).toHaveLength(2);
  expect(fates.retries(openRequests(folder)[0]!.id)).toBe(0);
  retrying.close();
});

it("notes why a letter was refused", async () => {
  const letter = message("a");
  requestRetries(folder, [letter], 1);
  const { retrying } = running(() => ({ refused: "there is no such node" }));
  await setImmediate();
  expect(openRequests(folder)).toEqual([]);
  expect(Fates.read(folder).of(letter.id)).toMatchObject({ state: "refused", reason: "there is no such node" });
  expect(Fates.read(folder).isOpen(letter.id)).toBe(true);
  retrying.close();
});

it("reads over a request that is none, once", async () => {
  requestRetries(folder, [message("a"), message("b")], 1);
  const [first] = await readdir(join(folder, "retries"));
  await writeFile(join(folder, "retries", first!), "{");
  const { given, retrying, said } = running(() => "taken");
  await setImmediate();
  retrying.look();
  retrying.look();
  expect(given.map((each) => "text" in each && each.text)).toEqual(["b"]);
  expect(said).toEqual(["a retry cannot be read"]);
  retrying.close();
});
