import { anyKey, covers, overlaps, plainFilter, sharedFilter } from "../../connections/mqtt/filters.js";
import type { Advice, Definition, NodeView } from "../../streams/component/definition.js";
import type { Options } from "./options.js";

/** What an mqtt source can know of its place: messages that come twice, or not at all, or back again. */
export function advise(options: Options, place: NodeView): Advice[] {
  return [
    ...doubles(options),
    ...swallowed(options),
    ...rivals(options, place),
    ...sessions(options, place),
    ...split(options, place),
    ...losses(options, place),
    ...silence(options, place),
    ...strangers(options, place),
    ...loops(options, place),
  ];
}

/** Brokers may deliver a message once for each filter that it matches (MQTT 5, section 3.3.4). */
function doubles({ topics }: Options): Advice[] {
  return topics.flatMap((filter, i): Advice[] => {
    const path = ["topics", i];
    const earlier = topics.slice(0, i);
    const same = earlier.find((other) => covers(other, filter) || covers(filter, other));
    if (same !== undefined) {
      const [wide, narrow] = covers(same, filter) ? [same, filter] : [filter, same];
      const message = `"${wide}" matches all that "${narrow}" does, and some brokers then deliver a message twice; leave out "${narrow}"`;
      return [{ severity: "error", message, path }];
    }
    const twin = earlier.find((other) => overlaps(other, filter));
    if (twin === undefined) return [];
    const message = `"${twin}" matches some of the same topics, and some brokers then deliver a message twice; write narrower filters, or a dedupe behind it`;
    return [{ severity: "warning", message, path }];
  });
}

/** A topic that matches both is presence: no reading of it would be seen. */
function swallowed({ topics, presence }: Options): Advice[] {
  return presence.flatMap((filter, i): Advice[] => {
    const taken = topics.find((topic) => covers(filter, topic));
    if (taken === undefined) return [];
    const message = `it matches all that "${taken}" does, so readings would be taken for presence; write a narrower filter`;
    return [{ severity: "error", message, path: ["presence", i] }];
  });
}

/** Another source of the same topics matters where both streams meet. */
function rivals({ topics }: Options, { name, definition, downstream, all }: NodeView): Advice[] {
  return twinsBefore(name, definition, all).flatMap((twin) => {
    const meeting = downstream.find((node) => twin.downstream.some((other) => other.name === node.name));
    if (!meeting || meeting.definition.type === "dedupe") return [];
    return topics.flatMap((filter, i) => {
      const same = (twin.options as Options).topics.find((other) => overlaps(other, filter));
      if (same === undefined) return [];
      const message = `source "${twin.name}" reads "${same}" too, so "${meeting.name}" gets the same message twice; read it once, or put a dedupe in between`;
      return [{ severity: "warning" as const, message, path: ["topics", i] }];
    });
  });
}

/** The nodes of the same type further up in the file: two of a kind are told once. */
function twinsBefore(name: string, { role, type }: Definition, all: readonly NodeView[]): readonly NodeView[] {
  const here = all.findIndex((node) => node.name === name);
  return all.slice(0, here).filter(({ definition }) => definition.role === role && definition.type === type);
}

/** A broker gives a session to the client that came last, and the two would push each other out for ever. */
function sessions({ session }: Options, { name, definition, all }: NodeView): Advice[] {
  if (session === undefined) return [];
  const twin = twinsBefore(name, definition, all).find((node) => (node.options as Options).session === session);
  if (!twin) return [];
  const message = `source "${twin.name}" uses the session "${session}" too; give each a session of its own`;
  return [{ severity: "error", message, path: ["session"] }];
}

function firstStateful({ downstream }: NodeView): NodeView | undefined {
  return downstream.find(({ definition }) => definition.role === "operator" && definition.stateful);
}

function split({ topics, presence }: Options, place: NodeView): Advice[] {
  const stateful = firstStateful(place);
  if (!stateful) return [];
  return Object.entries({ topics, presence }).flatMap(([option, filters]) =>
    filters.flatMap((filter, i): Advice[] => {
      const shared = sharedFilter(filter);
      if (!shared) return [];
      const message =
        `a shared subscription gives each message to any one instance, so "${stateful.name}" would see a part of each printer; ` +
        `read "${shared.filter}" and share the work by partitions`;
      return [{ severity: "error", message, path: [option, i] }];
    }),
  );
}

/** What acts on printers (an urgent sink) must miss nothing; what stores may be told to. */
function losses({ qos }: Options, { downstream }: NodeView): Advice[] {
  if (qos !== 0) return [];
  const keeping = downstream.filter(({ definition, options }) => {
    // A sink that publishes with QoS 0 itself promises nothing.
    const promises = (options as { qos?: unknown }).qos !== 0;
    return definition.role === "sink" && definition.reaches !== "terminal" && promises;
  });
  const urgent = keeping.find(({ definition }) => definition.role === "sink" && definition.urgent);
  const sink = urgent ?? keeping[0];
  if (!sink) return [];
  const message = `qos 0 loses readings that the sink "${sink.name}" promises to ${urgent ? "act on" : "keep"}; use qos: 1`;
  return [{ severity: urgent ? "error" : "warning", message, path: ["qos"] }];
}

/** State of a printer that nobody declares silent or gone stays. */
function silence({ idle, presence }: Options, place: NodeView): Advice[] {
  const stateful = idle === 0 && presence.length === 0 && firstStateful(place);
  if (!stateful) return [];
  const message = `without idle or presence, "${stateful.name}" keeps what is open of each printer that falls silent; write idle: 10s`;
  return [{ severity: "warning", message, path: ["idle"] }];
}

/** Where no level of the topic is held against the printer id, whoever may publish there makes up as many as it likes. */
function strangers({ topics, key }: Options, place: NodeView): Advice[] {
  const stateful = firstStateful(place);
  if (!stateful || key !== undefined) return [];
  return topics.flatMap((filter, i): Advice[] => {
    if (plainFilter(filter).includes("+")) return [];
    const message =
      `no level of it holds the printer id, so one client can speak for any number of printers, and "${stateful.name}" keeps state for each; ` +
      `write + where the id stands, or say with key which level it is`;
    return [{ severity: "warning", message, path: ["topics", i] }];
  });
}

/** Sinks that publish say where in an option `topic`. */
function loops({ topics, presence }: Options, { downstream, all }: NodeView): Advice[] {
  const advice: Advice[] = [];
  for (const sink of all) {
    const topic = (sink.options as { topic?: unknown }).topic;
    if (sink.definition.role !== "sink" || sink.definition.reaches !== "network" || typeof topic !== "string") continue;
    const published = anyKey(topic);
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
