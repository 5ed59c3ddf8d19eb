import { expect, it } from "@jest/globals";
import { GroupSync } from "./group-sync.js";

/** A disk that is done when the test says so. */
function disk() {
  const under: { done: () => void; fail: (cause: Error) => void }[] = [];
  const syncs = new GroupSync(() => new Promise((resolve, reject) => under.push({ done: resolve, fail: reject })));
  return { syncs, under };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it("lets all who come while the disk is busy wait for one more sync, and not for the one under way", async () => {
  const { syncs, under } = disk();
  const said: string[] = [];
  const ask = (name: string) => syncs.ask().then(() => void said.push(name));
  const asked = [ask("first"), ask("second"), ask("third")];
  expect(under).toHaveLength(1);
  under[0]!.done();
  await turn();
  expect(said).toEqual(["first"]);
  expect(under).toHaveLength(2);
  expect(syncs.busy).toBe(true);
  const late = ask("late");
  under[1]!.done();
  await turn();
  expect(said).toEqual(["first", "second", "third"]);
  under[2]!.done();
  await Promise.all([...asked, late]);
  expect(under).toHaveLength(3);
  expect(syncs.busy).toBe(false);
});

it("fails those whose sync failed, and tries again for the others", async () => {
  const { syncs, under } = disk();
  const first = syncs.ask();
  const second = syncs.ask();
  under[0]!.fail(new Error("input/output error"));
  await expect(first).rejects.toThrow("input/output error");
  await turn();
  under[1]!.done();
  await second;
});
