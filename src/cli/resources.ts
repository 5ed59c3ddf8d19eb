import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openHistory } from "../connections/history/open.js";
import { historyStore } from "../connections/history/store.js";
import { influxDatabase } from "../connections/influxdb/database.js";
import { openInflux } from "../connections/influxdb/open.js";
import { mqttBroker } from "../connections/mqtt/broker.js";
import { startEmbeddedBroker } from "../connections/mqtt/embedded.js";
import { connectBroker, type NetworkBroker } from "../connections/mqtt/network.js";
import { sessionMemory } from "../connections/mqtt/session-memory.js";
import { STATUS_TOPIC, statusMessage } from "../connections/mqtt/status.js";
import { recordedOnNats } from "../connections/nats/recorded.js";
import { readCards } from "../models/cards.js";
import { openModels } from "../models/open.js";
import { modelCards, models } from "../models/models.js";
import { controlMode } from "../sinks/feedback/mode.js";
import type { Settings } from "../settings.js";
import type { Log, ResourceKey } from "../streams/component/context.js";
import { connectNats } from "./nats.js";
import { ConfigError } from "../streams/component/errors.js";
import { recordedIn } from "../streams/journal/embedded/recorded.js";
import { recordedJournal } from "../streams/journal/recorded.js";
import { journalFolder } from "./persistence.js";
import { settingFile } from "./setting-file.js";
import { systemClock } from "../streams/time/clock.js";

export interface OpeningOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** The broker is told that we are online: by a run that answers printers, and by nothing that only passes by. */
  readonly announce?: boolean;
  /** Names this instance where there are others: each has a status of its own. */
  readonly instance?: string;
  /** Of a process beside another, which has tried the broker and speaks for us there; its own one speaks MQTT 3.1.1. */
  readonly beside?: "its own broker" | "the same broker";
}

interface Opened {
  readonly value: unknown;
  /** Those who read from it do so now. */
  begin?(): void;
  close?(): Promise<void> | void;
}

const PEM = "a PEM file";
/** A broker that does not answer holds up the start no longer, ms. */
const BROKER_WAIT = 3_000;
/** A nats-server that does not answer has nothing to be read from, ms. */
const SERVER_WAIT = 10_000;

/** Where the program's own files are: models, pipelines. */
const HOME = fileURLToPath(new URL("../../", import.meta.url));

/** Where models stand, and where new ones are trained to. */
export function modelFolder(): string {
  return join(HOME, "models");
}

/** What pipelines are held against besides themselves: the cards of the models. */
export async function lookUp(): Promise<ReadonlyMap<ResourceKey<unknown>, unknown>> {
  return new Map<ResourceKey<unknown>, unknown>([[modelCards, await readCards(modelFolder())]]);
}

/** What runs where nothing else is said. */
export function pipelineFiles({ PIPELINES }: Pick<Settings, "PIPELINES">): readonly string[] {
  if (PIPELINES.length > 0) return PIPELINES;
  return ["quality.yaml", "synthesizer.yaml"].map((name) => join(HOME, "config", "pipelines", name));
}

const OPENERS = new Map<ResourceKey<unknown>, (options: OpeningOptions) => Promise<Opened>>([
  [mqttBroker, openBroker],
  [influxDatabase, openDatabase],
  [historyStore, openStore],
  [models, openModelFolder],
  [recordedJournal, openRecorded],
  [controlMode, ({ settings }) => Promise.resolve({ value: { mode: settings.CONTROL_MODE } })],
]);

/** Opens what the nodes of a run need, each thing once. What is not set is left out: who needs it says so. */
export async function openResources(
  keys: readonly ResourceKey<unknown>[],
  options: OpeningOptions,
): Promise<{ resources: Map<ResourceKey<unknown>, unknown>; begin(): void; close(): Promise<void> }> {
  const resources = new Map<ResourceKey<unknown>, unknown>();
  const opened: Opened[] = [];
  const close = async (): Promise<void> => {
    for (const each of opened.reverse()) await each.close?.();
  };
  try {
    for (const key of new Set(keys)) {
      if (key === influxDatabase && options.settings.INFLUXDB_URL === "") continue;
      const each = await OPENERS.get(key)?.(options);
      if (!each) continue;
      opened.push(each);
      resources.set(key, each.value);
    }
  } catch (cause) {
    await close();
    throw cause;
  }
  return { resources, begin: () => opened.forEach((each) => each.begin?.()), close };
}

async function openBroker({ settings, log, announce = false, instance, beside }: OpeningOptions): Promise<Opened> {
  if (beside) {
    const broker = await networkBroker({ settings, log, beside });
    return { value: broker, close: () => broker.close() };
  }
  if (settings.MQTT_URL !== "") {
    const topic = instance === undefined ? STATUS_TOPIC : `${STATUS_TOPIC}/${instance}`;
    const broker = await networkBroker({ settings, log }, announce ? topic : undefined);
    try {
      await broker.tried(BROKER_WAIT);
    } catch (cause) {
      await broker.close();
      throw cause;
    }
    return { value: broker, close: () => broker.close() };
  }
  const embedded = await startEmbeddedBroker({
    host: "127.0.0.1",
    port: 1883,
    fallbackToFreePort: true,
    wait: true,
    log,
  });
  log.info("embedded MQTT broker listens", { address: `127.0.0.1:${embedded.port}` });
  await embedded.broker.publish(statusMessage("online"));
  return {
    value: embedded.broker,
    begin: () => embedded.admit(),
    async close() {
      await embedded.broker.publish(statusMessage("offline"));
      await embedded.close();
    },
  };
}

/**
 * The broker that MQTT_URL names. Throws ConfigError for an address or a certificate that cannot be right.
 *
 * @param announce the topic where it is told that we are online
 */
export async function networkBroker(
  { settings, log, beside }: OpeningOptions,
  announce?: string,
): Promise<NetworkBroker> {
  const [ca, cert, key] = await Promise.all([
    settingFile("MQTT_CA", settings.MQTT_CA, PEM),
    settingFile("MQTT_CERT", settings.MQTT_CERT, PEM),
    settingFile("MQTT_KEY", settings.MQTT_KEY, PEM),
  ]);
  return connectBroker({
    url: settings.MQTT_URL,
    // A broker that lets anyone in is asked with no name: a name without a password is refused by some.
    ...(settings.MQTT_PASSWORD !== "" && { username: settings.MQTT_USERNAME, password: settings.MQTT_PASSWORD }),
    tls: { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) },
    clientId: "layerstream",
    ...(announce !== undefined && { announce }),
    ...(beside === "its own broker" && { version: 4 }),
    memory: sessionMemory(join(settings.STATE_DIR, "mqtt-sessions.json"), log),
    clock: systemClock,
    log,
  });
}

async function openDatabase({ settings, log }: OpeningOptions): Promise<Opened> {
  const { INFLUXDB_URL: url, INFLUXDB_TOKEN: token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket } = settings;
  const database = await openInflux({ url, token, org, bucket, log, clock: systemClock });
  return { value: database, close: () => database.close() };
}

/** What was kept: on the server that instances share, or in STATE_DIR. */
async function openRecorded({ settings, log }: OpeningOptions): Promise<Opened> {
  if (settings.NATS_URL === "") return { value: recordedIn(journalFolder(settings)) };
  const late = AbortSignal.timeout(SERVER_WAIT);
  try {
    const nats = await connectNats({ settings, log, name: "layerstream reader" }, late);
    return { value: recordedOnNats(nats), close: () => nats.close() };
  } catch (cause) {
    if (!late.aborted) throw cause;
    throw new ConfigError("the nats-server that NATS_URL names does not answer: see that it runs and can be reached");
  }
}

function openStore({ settings }: OpeningOptions): Promise<Opened> {
  const store = openHistory(historyFile(settings), systemClock);
  return Promise.resolve({ value: store, close: () => store.close() });
}

/** The file of the embedded history. */
export function historyFile({ STATE_DIR }: Settings): string {
  return join(STATE_DIR, "history.db");
}

async function openModelFolder({ settings, log }: OpeningOptions): Promise<Opened> {
  return { value: await openModels({ folder: modelFolder(), backend: settings.TFJS_BACKEND, log }) };
}
