import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../streams/contract/context.js";
import { sessionMemory } from "./session-memory.js";

describe("the memory of sessions", () => {
  let folder: string;
  let path: string;
  let said: string[];
  const open = () => sessionMemory(path, { ...silentLog, warn: (text) => void said.push(text) });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sessions-"));
    path = join(folder, "state", "sessions.json");
    said = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("outlives the process, each session apart, and leaves one file", async () => {
    expect(open().filters("a")).toEqual([]);
    open().keep("a", ["x/+", "y"]);
    open().keep("b", ["z"]);
    open().keep("a", ["x/+"]);
    expect([open().filters("a"), open().filters("b"), open().filters("c")]).toEqual([["x/+"], ["z"], []]);
    expect(await readdir(join(folder, "state"))).toEqual(["sessions.json"]);
    expect(said).toEqual([]);
  });

  it.each(["", "{", "null", '{"a":5}', '{"a":[5]}'])("begins anew with what it cannot read: %j", async (text) => {
    open().keep("b", ["z"]);
    await writeFile(path, text);
    expect(open().filters("a")).toEqual([]);
    open().keep("a", ["x"]);
    expect(open().filters("a")).toEqual(["x"]);
  });

  it("says that it cannot be written, and goes on", () => {
    path = "/dev/null/state/sessions.json";
    open().keep("a", ["x"]);
    expect(new Set(said)).toEqual(
      new Set(["MQTT sessions not remembered: filters that are taken out stay subscribed"]),
    );
  });
});
