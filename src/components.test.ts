import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { components } from "./components.js";
import { operators } from "./operators/index.js";
import { sinks } from "./sinks/index.js";
import { sources } from "./sources/index.js";

const ROOMS = { source: sources, operator: operators, sink: sinks } as const;

const folderOf = (room: string) => fileURLToPath(new URL(room, import.meta.url));

/** The folders of a room, one a component. */
function foldersOf(role: string): string[] {
  return readdirSync(folderOf(`./${role}s/`), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

describe.each(Object.entries(ROOMS))("the list of every %s", (role, list) => {
  it("names what has a folder, and nothing else", () => {
    expect(list.map(({ type }) => type).sort()).toEqual(foldersOf(role));
  });

  it("holds what each folder calls by its type", async () => {
    for (const definition of list) {
      expect(definition.role).toBe(role);
      const exported = (await import(`./${role}s/${definition.type}/index.js`)) as Record<string, unknown>;
      expect(Object.values(exported)).toContain(definition);
    }
  });

  it.each(foldersOf(role))("has one in %s that passes the suite of its kind", (type) => {
    const folder = folderOf(`./${role}s/${type}/`);
    const tests = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
    const texts = tests.map((name) => readFileSync(`${folder}${name}`, "utf8"));
    const suite =
      role === "operator" ? /\b(operatorContract|batchOperatorContract)\(\{/ : new RegExp(`\\b${role}Contract\\(\\{`);
    expect(texts.some((text) => suite.test(text))).toBe(true);
  });

  it.each(list.map((definition) => [definition.type, definition] as const))(
    "says of %s in one sentence what it does, and shows options that work",
    (_, { summary, examples, options }) => {
      expect(summary).toMatch(/^[A-Z].{10,140}\.$/);
      for (const example of examples) expect(options.safeParse(example)).toMatchObject({ success: true });
    },
  );
});

it("every component is in the one list", () => {
  expect(new Set(components)).toEqual(new Set([...sources, ...operators, ...sinks]));
});
