import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { makeFolder } from "./folder.js";

describe("makeFolder", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "folder-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it.each(["a", "a/b/c", "a/../b", "."])("makes %s, and is content with what is there", (path) => {
    makeFolder(join(root, path));
    makeFolder(relative(process.cwd(), join(root, path)));
    expect(statSync(join(root, path)).isDirectory()).toBe(true);
  });

  it("throws where a file is in the way", () => {
    writeFileSync(join(root, "file"), "");
    expect(() => makeFolder(join(root, "file", "a"))).toThrow(/ENOTDIR/);
    expect(() => makeFolder(join(root, "file"))).toThrow(/file is no folder/);
  });

  const onLinux = existsSync("/proc/self") ? it : it.skip;
  onLinux.each(["/proc/nope", "/proc/nope/deeper"])("comes back from %s", (path) => {
    expect(() => makeFolder(path)).toThrow(/ENOENT/);
  });
});
