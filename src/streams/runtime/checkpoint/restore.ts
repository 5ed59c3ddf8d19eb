import { ConfigError, messageOf } from "../../component/errors.js";
import type { Topology } from "../../topology/topology.js";
import { type OpenNode, statefulOf } from "../open.js";
import type { Entry, Make, OwnEntry } from "./checkpoint.js";
import { differences } from "./make.js";

/** Throws ConfigError where nodes cannot take over what others of the same name left behind. @param waysOut for the user */
export function refuseOther(
  { file, name }: Topology,
  before: Readonly<Record<string, Make>>,
  now: Readonly<Record<string, Make>>,
  waysOut: string,
): void {
  const differ = differences(before, now);
  if (differ.length === 0) return;
  throw new ConfigError(
    `${file}: the graph was edited, and cannot take the state that "${name}" was left in:\n` +
      differ.map((line) => `  ${line}`).join("\n") +
      `\n${waysOut}`,
  );
}

/** Puts state back into the nodes, and says how many entries it was. Throws ConfigError where one cannot take it. */
export async function restore(
  { file }: Topology,
  nodes: readonly OpenNode[],
  entries: AsyncIterable<Entry | OwnEntry>,
  waysOut: string,
): Promise<number> {
  let count = 0;
  const byName = new Map(nodes.map((open) => [open.node.name, statefulOf(open)]));
  for await (const entry of entries) {
    count++;
    const stateful = byName.get(entry[0]);
    try {
      if (entry.length === 2) await stateful?.ownState?.load(entry[1]);
      else stateful?.state?.[entry[1]]?.restore(entry[2], entry[3]);
    } catch (cause) {
      const reason = `node "${entry[0]}" cannot take the state that it was left in: ${messageOf(cause)}`;
      throw new ConfigError(`${file}: ${reason}\n${waysOut}`, { cause });
    }
  }
  return count;
}
