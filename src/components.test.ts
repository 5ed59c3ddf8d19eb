import { expect, it } from "@jest/globals";
import { readdirSync } from "node:fs";
import { operators } from "./operators/index.js";
import { sinks } from "./sinks/index.js";
import { sources } from "./sources/index.js";

it.each([
  ["sources", sources],
  ["operators", operators],
  ["sinks", sinks],
])("lists every folder of src/%s, each under its type", (room, listed) => {
  const folders = readdirSync(`src/${room}`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const types = listed.map(({ type }) => type).sort();
  expect(types).toEqual(folders.map(({ name }) => name).sort());
});
