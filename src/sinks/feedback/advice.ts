import type { Advice, NodeView } from "../../streams/component/definition.js";
import type { Options } from "./options.js";

/** What is wrong with these options by themselves. */
export function ownAdvice(options: Options): Advice[] {
  const advice: Advice[] = [];
  if (!options.topic.includes("{key}"))
    advice.push({
      severity: "error",
      path: ["topic"],
      message: `every printer that listens to "${options.topic}" would obey; write {key} where the printer id belongs`,
    });
  if (options.cooldown === 0)
    advice.push({
      severity: "warning",
      path: ["cooldown"],
      message:
        "without a cooldown a value that swings about its limit adjusts the printer each time; write 10s or more",
    });
  return advice;
}

/** Other nodes that turn the same screws of the same printers: the end of one's episode undoes the other's adjustment. */
export function rivals(options: Options, place: NodeView): Advice[] {
  return place.all
    .filter((other) => other.name !== place.name && other.definition === place.definition)
    .flatMap((other): Advice[] => {
      const theirs = other.options as Options;
      const shared = Object.keys(options.adjust).filter((part) => part in theirs.adjust);
      // Told once, of the later name.
      if (theirs.topic !== options.topic || shared.length === 0 || other.name > place.name) return [];
      const message =
        `"${other.name}" adjusts ${shared.join(", ")} of the same printers, and each takes back what the other did; ` +
        `let one of them read both verdicts: from: [a, b]`;
      return [{ severity: "warning", path: ["topic"], message }];
    });
}
