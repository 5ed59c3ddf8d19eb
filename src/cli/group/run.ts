import { mqttBroker } from "../../connections/mqtt/broker.js";
import type { Nats } from "../../connections/nats/open.js";
import { startServer } from "../../server/server.js";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import { systemClock } from "../../streams/time/clock.js";
import type { Topology } from "../../streams/topology/topology.js";
import { Fates } from "../dead-letters/fates.js";
import { openLetterBox } from "../dead-letters/open.js";
import { Retrying } from "../dead-letters/retrying.js";
import { connectNats } from "../nats.js";
import { answersPrinters, needsOf } from "../needs.js";
import { openResources } from "../resources.js";
import { spoolsFolder } from "../persistence.js";
import { gatherSpools } from "../workers/spools.js";
import { heard } from "../heard.js";
import { type ExitCode, type Session, whenStopped } from "../session.js";
import { sayTotals } from "../totals.js";
import { instanceName, memberName } from "./identity.js";
import type { Instance } from "./instance.js";
import { Intake } from "./intake.js";
import { isShared, keptSources, orderedSink } from "./parts.js";
import { GroupView } from "./view.js";
import { Work } from "./work.js";

/**
 * Runs pipelines as one instance of several that share the work over NATS, until a signal comes. Throws ConfigError for
 * settings that cannot be right, and what ended the run where something did.
 */
export async function runInGroup(session: Session, topologies: readonly Topology[]): Promise<ExitCode> {
  const { settings, log } = session;
  checkSettings(session, topologies);
  const name = instanceName(settings.STATE_DIR);
  const opened = await openResources(needsOf(topologies), {
    settings,
    log,
    announce: answersPrinters(topologies),
    instance: name,
  });
  const fates = Fates.read(settings.STATE_DIR);
  const closers: (() => Promise<void> | undefined)[] = [() => opened.close()];
  try {
    await gatherSpools(spoolsFolder(settings), topologies, 1, log);
    const letterBox = await openLetterBox(session, topologies, fates);
    closers.push(() => letterBox?.close());
    const nats = await connect(session, name);
    if (!nats) return 0;
    closers.push(() => nats.close());
    let fail: (cause: unknown) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => (fail = reject));
    // It may come before anyone waits for it.
    failed.catch(() => undefined);
    const instance: Instance = {
      session,
      nats,
      resources: opened.resources,
      letterBox,
      name,
      member: memberName(name),
      clock: systemClock,
      fail,
    };
    const intakes: Intake[] = [];
    const works: Work[] = [];
    // At once: with the server away each of them waits for an answer.
    closers.push(() => closeAll([...intakes, ...works]));
    for (const topology of topologies) {
      const shared = isShared(topology, log);
      intakes.push(await Intake.open(instance, topology, shared));
      if (shared) works.push(await Work.open(instance, topology));
    }
    const view = new GroupView(intakes, works, () => nats.connected);
    const { HTTP_HOST: host, HTTP_PORT: port, HTTP_TOKEN: token } = settings;
    const server = await startServer({ host, port, token, log, run: view });
    closers.push(() => server.close());
    if (letterBox) {
      const retrying = new Retrying({ folder: settings.STATE_DIR, run: view, fates, clock: systemClock, log });
      closers.push(() => {
        retrying.close();
        return undefined;
      });
    }
    const joined = async (): Promise<void> => {
      for (const part of [...intakes, ...works]) await part.join();
    };
    await Promise.race([joined(), failed]);
    opened.begin();
    await Promise.race([heard(view, systemClock, session.stop), failed]);
    const pipelines = topologies.map((topology) => topology.name);
    log.info("running", { pipelines, http: server.address, instance: name, group: settings.CONSUMER_GROUP });
    await Promise.race([stopped(session), failed]);
    log.info("stopping: what was read is finished; another Ctrl-C ends at once");
    sayTotals(view.status(), view.dead, log);
    return 0;
  } finally {
    for (const close of closers.reverse())
      await close()?.catch((cause: unknown) => log.warn("closing failed", { cause: messageOf(cause) }));
  }
}

function checkSettings({ settings }: Session, topologies: readonly Topology[]): void {
  if (settings.MQTT_URL === "" && needsOf(topologies).includes(mqttBroker))
    throw new ConfigError(
      "NATS_URL is set, so several instances share the work: set MQTT_URL to the broker that all of them reach",
    );
  for (const topology of topologies) {
    const ordered = keptSources(topology).length > 0 ? orderedSink(topology) : undefined;
    if (ordered)
      throw new ConfigError(
        `${topology.file}: sink "${ordered.name}" (${ordered.definition.type}) writes one file in order, and several ` +
          "instances cannot: run without NATS_URL, or take this sink out",
      );
  }
}

/** Undefined where we were stopped before there was a server. */
async function connect({ settings, log, stop }: Session, name: string): Promise<Nats | undefined> {
  try {
    return await connectNats({ settings, log, name: `layerstream ${name}` }, stop);
  } catch (cause) {
    if (stop.aborted) return undefined;
    throw cause;
  }
}

function stopped({ stop }: Session): Promise<void> {
  return new Promise((resolve) => whenStopped(stop, resolve));
}

async function closeAll(parts: readonly (Intake | Work)[]): Promise<void> {
  await Promise.all(parts.map((part) => part.close()));
}
