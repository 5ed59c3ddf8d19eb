import { overlaps, sharedFilter } from "../../connections/mqtt/filters.js";
import type { Advice, NodeView } from "../../streams/component/definition.js";
import type { Options } from "./options.js";

/** What an mqtt source can know of its place: messages that come twice, or not at all, or back again. */
export function advise(options: Options, place: NodeView): Advice[] {
  return [
    ...doubles(options),
    ...rivals(options, place),
    ...split(options, place),
    ...losses(options, place),
    ...loops(options, place),
  ];
}

function doubles({ topics }: Options): Advice[] {
  return topics.flatMap((filter, i) => {
    const twin = topics.slice(0, i).find((earlier) => overlaps(earlier, filter));
    if (twin === undefined) return [];
    const message = `"${twin}" matches some of the same topics, and some brokers then deliver a message twice; keep one of them`;
    return [{ severity: "warning" as const, message, path: ["topics", i] }];
  });
}

/** Another source of the same topics matters where both streams meet. */
function rivals({ topics }: Options, { name, definition, downstream, all }: NodeView): Advice[] {
  const before = all.slice(
    0,
    all.findIndex((node) => node.name === name),
  );
  const twins = before.filter((node) => node.definition.role === "source" && node.definition.type === definition.type);
  return twins.flatMap((twin) => {
    const meeting = downstream.find((node) => twin.downstream.some((other) => other.name === node.name));
    if (!meeting) return [];
    return topics.flatMap((filter, i) => {
      const same = (twin.options as Options).topics.find((other) => overlaps(other, filter));
      if (same === undefined) return [];
      const message = `source "${twin.name}" reads "${same}" too, so "${meeting.name}" gets the same message twice; read it once, or put a dedupe in between`;
      return [{ severity: "warning" as const, message, path: ["topics", i] }];
    });
  });
}

function split({ topics }: Options, { downstream }: NodeView): Advice[] {
  const stateful = downstream.find(({ definition }) => definition.role === "operator" && definition.stateful);
  if (!stateful) return [];
  return topics.flatMap((filter, i) => {
    const shared = sharedFilter(filter);
    if (!shared) return [];
    const message =
      `a shared subscription gives each message to any one instance, so "${stateful.name}" would see a part of each printer; ` +
      `read "${shared.filter}" and share the work by partitions`;
    return [{ severity: "error" as const, message, path: ["topics", i] }];
  });
}

function losses({ qos }: Options, { downstream }: NodeView): Advice[] {
  if (qos !== 0) return [];
  const sink = downstream.find(({ definition }) => definition.role === "sink" && definition.reaches !== "terminal");
  if (!sink) return [];
  const message = `qos 0 loses readings that the sink "${sink.name}" promises to store or act on; use qos: 1`;
  return [{ severity: "warning", message, path: ["qos"] }];
}

/** Sinks that publish say where in an option `topic`. */
function loops({ topics, presence }: Options, { downstream, all }: NodeView): Advice[] {
  const advice: Advice[] = [];
  for (const sink of all) {
    const topic = (sink.options as { topic?: unknown }).topic;
    if (sink.definition.role !== "sink" || sink.definition.reaches !== "network" || typeof topic !== "string") continue;
    const published = topic.replaceAll("{key}", "+");
    const fed = downstream.some((node) => node.name === sink.name);
    for (const [option, filters] of Object.entries({ topics, presence })) {
      filters.forEach((filter, i) => {
        if (!overlaps(filter, published)) return;
        advice.push({
          severity: fed ? "error" : "warning",
          message: `it also matches "${topic}", where the sink "${sink.name}" publishes${fed ? ", so what goes out comes back in" : ""}; write a narrower filter`,
          path: [option, i],
        });
      });
    }
  }
  const everything = topics.indexOf("#");
  if (everything >= 0 && advice.length === 0) {
    const message =
      "# reads every topic of the broker, commands and alerts too; write the filter of the readings: printing/+/sensor";
    advice.push({ severity: "warning", message, path: ["topics", everything] });
  }
  return advice;
}
