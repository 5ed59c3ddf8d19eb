import { didYouMean } from "../component/suggest.js";
import { check } from "./check.js";
import type { Draft } from "./draft.js";
import type { Problems } from "./problem.js";
import { unknownSide } from "./record-types.js";
import { namedBy } from "./references.js";
import { SCENARIO_START, Scenarios } from "./scenario-schema.js";
import type { Expectation, Insert, Scenario } from "./topology.js";
import { type Branch, follow, locate, type Path } from "./tree.js";

type WrittenScenario = Scenarios[number];

/** The `tests:` of a pipeline file. */
export function readScenarios(
  file: Branch,
  path: string,
  drafts: readonly Draft[],
  problems: Problems,
): readonly Scenario[] {
  const tree = file.entries.get("tests")?.value;
  if (!tree || (tree.kind === "leaf" && tree.value === null)) return [];
  const scenarios = check(Scenarios, tree, { problems, prefix: "tests" })?.value ?? [];
  const names = new Set<string>();
  scenarios.forEach((scenario, i) => {
    const at = (...inside: Path) => locate(tree, [i, ...inside]);
    if (names.has(scenario.name)) problems.error(at("name"), `two tests are called "${scenario.name}": rename one`);
    names.add(scenario.name);
    for (const [side, role] of [
      ["insert", "source"],
      ["expect", undefined],
    ] as const)
      scenario[side].forEach((part, j) => {
        const trouble = role ? unknownNode(part.at, role, drafts) : unknownStream(part.at, drafts);
        const where = follow(tree, [i, side])?.kind === "list" ? at(side, j, "at") : at(side, "at");
        if (trouble !== undefined) problems.error(where, `test "${scenario.name}": ${side}: ${trouble}`);
      });
  });
  return scenarios.map((scenario, i) => compiled(scenario, { file: path, ...locate(tree, [i]) }));
}

function unknownNode(name: string, role: Draft["role"] | undefined, drafts: readonly Draft[]): string | undefined {
  const found = drafts.find((draft) => draft.name === name);
  if (found && (role === undefined || found.role === role)) return undefined;
  const names = drafts.filter((draft) => role === undefined || draft.role === role).map((draft) => draft.name);
  const wrong = found ? `"${name}" is no ${role}` : `no ${role ?? "node"} is called "${name}"`;
  return `${wrong}.${didYouMean(name, names) || (names.length > 0 ? ` Known: ${names.join(", ")}.` : "")}`;
}

/** Of a node or of one of its sides, as `from` names them. */
function unknownStream(at: string, drafts: readonly Draft[]): string | undefined {
  const { name, side } = namedBy(at);
  const trouble = unknownNode(name, undefined, drafts);
  const to = drafts.find((draft) => draft.name === name);
  return trouble ?? (side === undefined || !to ? undefined : unknownSide(side, to));
}

function compiled({ name, env, insert, expect }: WrittenScenario, place: Scenario["place"]): Scenario {
  return { name, env, insert: insert.map(inserted), expect: expect.map(expected), place };
}

function inserted({ at, file, records }: WrittenScenario["insert"][number]): Insert {
  if (!records) return { at, ...(file !== undefined && { file }) };
  return {
    at,
    records: records.map(({ key, time, value }, i) => ({ key, eventTime: time ?? SCENARIO_START + i * 1000, value })),
  };
}

function expected({ at, count, records, dead }: WrittenScenario["expect"][number]): Expectation {
  return {
    at,
    ...(count !== undefined && { count }),
    ...(dead !== undefined && { dead }),
    ...(records && {
      records: records.map(({ key, value }) => ({
        ...(key !== undefined && { key }),
        ...(value && { value }),
      })),
    }),
  };
}
