import type { Stateful } from "../component/definition.js";
import type { JsonValue } from "../record/json.js";
import type { Entry } from "../time/cut.js";

/** State of a component as a checkpoint holds it. */
export interface Saved {
  readonly keyed: { readonly [name: string]: readonly Entry[] };
  readonly own?: JsonValue;
}

/** Cuts the state of a component now. What is returned pulls it, whatever came in between, as text would give it back. */
export function cutState({ state = {}, ownState }: Stateful): () => Saved {
  const cuts = Object.entries(state).map(([name, keyed]) => [name, keyed.cut()] as const);
  const own = ownState && { own: ownState.save() };
  return () => {
    const keyed = cuts.map(([name, cut]) => {
      const entries: Entry[] = [];
      for (let entry = cut.pull(); entry; entry = cut.pull()) entries.push(entry);
      return [name, entries];
    });
    return JSON.parse(JSON.stringify({ keyed: Object.fromEntries(keyed) as object, ...own })) as Saved;
  };
}

export async function restoreState({ state = {}, ownState }: Stateful, { keyed, own }: Saved): Promise<void> {
  for (const [name, entries] of Object.entries(keyed))
    for (const [key, saved] of entries) state[name]!.restore(key, saved);
  if (own !== undefined) await ownState!.load(own);
}
