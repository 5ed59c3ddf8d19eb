import { manualMessage } from "../sinks/feedback/manual.js";
import type { Options as FeedbackOptions } from "../sinks/feedback/options.js";
import { ConfigError, DisconnectedError } from "../streams/component/errors.js";
import { systemClock } from "../streams/time/clock.js";
import { loadTopologies } from "./pipelines.js";
import { networkBroker, pipelineFiles } from "./resources.js";
import type { ExitCode, Session } from "./session.js";

export interface SendOptions {
  /** The file whose feedback sink says topic and bounds; absent: those that run. */
  readonly pipeline?: string;
  readonly json: boolean;
}

/** Where a program with an embedded broker is found. */
const EMBEDDED = "mqtt://127.0.0.1:1883";
/** ms */
const BROKER_WAIT = 5_000;

/** Publishes a control message that a person made, within the bounds of the automatic ones. */
export async function send(
  session: Session,
  printer: string,
  text: string,
  { pipeline, json }: SendOptions,
): Promise<ExitCode> {
  const { settings, log, out } = session;
  const options = await feedbackOf(session, pipeline === undefined ? pipelineFiles(settings) : [pipeline]);
  const { topic, payload } = manualMessage(printer, text, options, systemClock.now());
  const embedded = settings.MQTT_URL === "";
  const broker = await networkBroker({ settings: embedded ? { ...settings, MQTT_URL: EMBEDDED } : settings, log });
  try {
    await broker.ready(BROKER_WAIT);
    await broker.publish({ topic, payload, qos: 1, retain: false });
  } catch (cause) {
    if (!(cause instanceof DisconnectedError)) throw cause;
    throw new ConfigError(
      embedded
        ? `not sent: MQTT_URL is empty and no broker answers at ${EMBEDDED}; set MQTT_URL to your broker, or to the address that the log of a running program names`
        : `not sent: ${broker.address}: ${cause.message}; see that the broker runs and MQTT_URL names it`,
      { cause },
    );
  } finally {
    await broker.close();
  }
  if (json) out.json({ topic, message: JSON.parse(payload) as unknown });
  else out.line(`${topic} ${payload}`);
  return 0;
}

async function feedbackOf({ registry, settings }: Session, paths: readonly string[]): Promise<FeedbackOptions> {
  const { topologies } = await loadTopologies(paths, registry, settings.variables());
  const nodes = topologies.flatMap((topology) => topology.nodes);
  const node = nodes.find(({ definition }) => definition.role === "sink" && definition.type === "feedback");
  if (!node)
    throw new ConfigError(
      `${paths.join(", ")}: no feedback sink, so nobody says what a printer may be told; name a file that has one with --pipeline`,
    );
  return node.options as FeedbackOptions;
}
