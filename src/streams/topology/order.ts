import { type Draft, openLinks } from "./draft.js";
import type { Problems } from "./problem.js";

/** The nodes that are not left out, each after all that it reads. Reports every circle once; its nodes are not in the result. */
export function inOrder(drafts: readonly Draft[], problems: Problems): Draft[] {
  const order: Draft[] = [];
  const state = new Map<Draft, "visiting" | "done" | "stuck">();
  const path: Draft[] = [];

  const visit = (draft: Draft): boolean => {
    const before = state.get(draft);
    if (before === "visiting") reportCircle(path.slice(path.indexOf(draft)), problems);
    if (before !== undefined) return before === "done";
    state.set(draft, "visiting");
    path.push(draft);
    let clear = true;
    for (const { to } of openLinks(draft)) clear = visit(to) && clear;
    path.pop();
    state.set(draft, clear ? "done" : "stuck");
    if (clear) order.push(draft);
    return clear;
  };

  for (const draft of drafts) if (!draft.leftOut) visit(draft);
  return order;
}

/** The path goes from readers to what they read; a reader of the file follows the records. */
function reportCircle(circle: readonly Draft[], problems: Problems): void {
  const flow = [...circle].reverse();
  const first = flow.reduce((a, b) => (b.at.line < a.at.line ? b : a));
  const start = flow.indexOf(first);
  const turned = [...flow.slice(start), ...flow.slice(0, start), first];
  const names = turned.map(({ name }) => name).join(" → ");
  problems.error(first.at, `records would go in a circle: ${names}; take one of them out of a from`, first.name);
}
