import type { Draft } from "./draft.js";
import { type Problems, TOP } from "./problem.js";

/** What makes a pipeline pointless though nothing in it is wrong. */
export function lint(drafts: readonly Draft[], problems: Problems): void {
  if (!drafts.some(({ role }) => role === "source"))
    problems.error(TOP, "the pipeline has no source: name under sources what it reads");
  if (!drafts.some(({ role }) => role === "sink"))
    problems.warn(TOP, "the pipeline has no sink, so nothing comes of it: name under sinks where it writes");
  else if (drafts.every(({ role, leftOut }) => role !== "sink" || leftOut))
    problems.warn(TOP, "every sink is left out, so nothing comes of the pipeline");
  // Who is left out today reads tomorrow, when a variable is set.
  const read = new Set(drafts.flatMap(({ links }) => links.map(({ to }) => to)));
  for (const draft of drafts)
    if (draft.role !== "sink" && !draft.leftOut && !read.has(draft))
      problems.warn(draft.at, "nobody reads it: name it in a from, or leave it out", draft.name);
}
