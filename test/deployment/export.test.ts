import { expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { Flux } from "@influxdata/flux-lsp-node";
import { fileURLToPath } from "node:url";

const EXPORT = readFileSync(fileURLToPath(new URL("../../scripts/export.iql", import.meta.url)), "utf8");

it("scripts/export.iql is valid Flux, types and all", () => {
  expect(new Flux(EXPORT).is_valid()).toBe(true);
});

it.each([
  ["a name that is not there", EXPORT.replace("start: start", "start: begin")],
  ["an argument that no function has", EXPORT.replace("rowKey", "rowsKey")],
  ["a sign too few", EXPORT.replace('["_time"])', '["_time"')],
])("would not be with %s", (_, broken) => {
  expect(broken).not.toBe(EXPORT);
  expect(new Flux(broken).is_valid()).toBe(false);
});
