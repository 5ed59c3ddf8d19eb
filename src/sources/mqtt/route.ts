import { matches, plainFilter } from "../../connections/mqtt/filters.js";
import { topicKey, type TopicKey } from "./decode.js";

/** What a topic says by itself. */
export interface Route extends TopicKey {
  readonly what: "reading" | "presence";
}

/** A cache and nothing more: a flood of new topics must not make it grow for ever. */
const REMEMBERED = 100_000;

/** Tells what a topic carries and whose it is. A topic that matches both kinds of filter is presence. */
export function router(
  topics: readonly string[],
  presence: readonly string[],
  level?: number,
): (topic: string) => Route {
  const filters = [
    ...presence.map((filter) => ({ filter, what: "presence" as const, at: keyLevel(filter, level) })),
    ...topics.map((filter) => ({ filter, what: "reading" as const, at: keyLevel(filter, level) })),
  ];
  let known = new Map<string, Route>();
  return (topic) => {
    let route = known.get(topic);
    if (route === undefined) {
      const found = filters.find(({ filter }) => matches(filter, topic));
      const key = found && found.at >= 0 ? topic.split("/")[found.at] : undefined;
      route = { what: found?.what ?? "reading", ...topicKey(key) };
      if (known.size >= REMEMBERED) known = new Map();
      known.set(topic, route);
    }
    return route;
  };
}

/** Index of the level that holds the printer id, -1 where none does. */
function keyLevel(filter: string, level: number | undefined): number {
  return level === undefined ? plainFilter(filter).split("/").indexOf("+") : level - 1;
}
