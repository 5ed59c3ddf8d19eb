import type { Demand } from "../component/context.js";
import { type Draft, openLinks } from "./draft.js";
import { typeOf } from "./record-types.js";

const EVERYTHING: Demand = { fields: "all", samples: true };

/** What the direct readers of each node want of its windows, taken together. */
export function demands(drafts: readonly Draft[]): ReadonlyMap<Draft, Demand> {
  const wanted = new Map<Draft, Demand>(drafts.map((draft) => [draft, { fields: [], samples: false }]));
  for (const reader of drafts)
    for (const link of openLinks(reader)) {
      // Records on a side are not windows, as a rule; who reads them says nothing of what a window must hold.
      if (link.reference.side !== undefined && typeOf(link)?.kind !== "window") continue;
      wanted.set(link.to, union(wanted.get(link.to)!, demandOf(reader)));
    }
  return wanted;
}

function demandOf({ definition, options }: Draft): Demand {
  if (definition?.role !== "operator") return EVERYTHING;
  return definition.demands?.(options?.value) ?? EVERYTHING;
}

function union(a: Demand, b: Demand): Demand {
  return {
    fields: a.fields === "all" || b.fields === "all" ? "all" : [...new Set([...a.fields, ...b.fields])],
    samples: a.samples || b.samples,
  };
}
