import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VERSION } from "./checkpoint.js";
import { CheckpointFiles } from "./file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "checkpoints-"));
});
afterEach(() => rm(folder, { recursive: true }));

const header = (epoch: number) => ({ version: VERSION, pipeline: "test", epoch, taken_at: "", offsets: {}, nodes: {} });

async function write(files: CheckpointFiles, epoch: number): Promise<void> {
  const writer = await files.begin(header(epoch));
  writer.line(["node", "state", "key", { n: epoch }]);
  await writer.finish();
}

it("reads what was written, and keeps the newest two", async () => {
  const files = new CheckpointFiles(folder);
  for (const epoch of [1, 2, 3]) await write(files, epoch);
  expect(await files.epochs()).toEqual([3, 2]);
  const { header: first, size, entries } = await files.read(3);
  expect({ first, size }).toEqual({ first: header(3), size: 1 });
  for await (const entry of entries()) expect(entry).toEqual(["node", "state", "key", { n: 3 }]);
});

it("gives every entry back, whatever stands in it, of a file larger than what is read at once", async () => {
  const files = new CheckpointFiles(folder);
  const writer = await files.begin(header(1));
  const given = Array.from(
    { length: 500 },
    (_, i) => ["node", "state", `${i}\u2028\n\r\tä`, "x".repeat(i * 3)] as const,
  );
  for (const entry of given) {
    writer.line(entry);
    if (writer.due) await writer.write();
  }
  await writer.finish();
  const found = [];
  for await (const entry of (await files.read(1)).entries()) found.push(entry);
  expect(found).toEqual(given);
});

it("leaves nothing of a checkpoint that was abandoned", async () => {
  const writer = await new CheckpointFiles(folder).begin(header(7));
  await writer.write();
  await writer.abandon();
  expect(await readdir(folder)).toEqual([]);
});

it("takes away what a crash left of one that was being written", async () => {
  const files = new CheckpointFiles(folder);
  await writeFile(join(folder, "4.checkpoint.part"), `${JSON.stringify(header(4))}\n`);
  await write(files, 5);
  expect(await readdir(folder)).toEqual(["5.checkpoint"]);
});

it("keeps a new one in front of those that cannot be read", async () => {
  const files = new CheckpointFiles(folder);
  for (const epoch of [8, 9]) await writeFile(join(folder, `${epoch}.checkpoint`), "torn");
  for (const epoch of await files.epochs()) {
    await expect(files.read(epoch)).rejects.toThrow();
    await files.setAside(epoch);
  }
  await write(files, 3);
  expect(await files.epochs()).toEqual([3]);
  expect((await readdir(folder)).sort()).toEqual(["3.checkpoint", "8.broken", "9.broken"]);
});

it("says that its folder cannot be read, rather than that there is no checkpoint", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(new CheckpointFiles(join(folder, "file")).epochs()).rejects.toThrow("ENOTDIR");
  expect(await new CheckpointFiles(join(folder, "absent")).epochs()).toEqual([]);
});

it("refuses what another version of the program wrote, and says how to go on", async () => {
  const files = new CheckpointFiles(folder);
  await (await files.begin({ ...header(1), version: VERSION + 1 })).finish();
  await expect(files.read(1)).rejects.toThrow(/1\.checkpoint is of version \d+, .* start once with --reset-state/);
});
