import { anyKey, overlaps } from "../../connections/mqtt/filters.js";
import type { Advice, NodeView } from "../../streams/component/definition.js";

/** The parts of the options that advice is about. */
interface Publishing {
  readonly topic: string;
  readonly retain: boolean;
}

/** Topics on which printers listen for commands: docs/topics.md. */
const CONTROL = /(^|\/)control(\/|$)/;

/** What would make a printer do what nobody meant, or lose what is published. */
export function advise({ topic, retain }: Publishing, { all }: NodeView): Advice[] {
  const advice: Advice[] = [];
  const control = CONTROL.test(topic) || all.some((node) => commands(node, topic));
  if (control && retain)
    advice.push({
      severity: "error",
      path: ["retain"],
      message: "a printer that reboots would obey the retained command of another day; write retain: false",
    });
  if (control)
    advice.push({
      severity: "warning",
      path: ["topic"],
      message: "printers obey what comes on this topic; use the feedback sink, which has brakes",
    });
  if (retain && !topic.includes("{key}"))
    advice.push({
      severity: "warning",
      path: ["topic"],
      message: "one topic retains one message, of whichever printer was last; write {key} into it",
    });
  return advice;
}

/** True for a sink that sends commands to printers, on topics that this one publishes on too. */
function commands({ definition, options }: NodeView, topic: string): boolean {
  if (definition.role !== "sink" || !definition.urgent) return false;
  const theirs = (options as { readonly topic?: unknown }).topic;
  return typeof theirs === "string" && overlaps(anyKey(theirs), anyKey(topic));
}
