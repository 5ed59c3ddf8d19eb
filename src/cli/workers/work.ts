import { join } from "node:path";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import type { DeadLetter, LetterBox } from "../../streams/runtime/dead-letters.js";
import { withFields } from "../../streams/runtime/open.js";
import { Run } from "../../streams/runtime/run.js";
import { systemClock } from "../../streams/time/clock.js";
import type { Topology } from "../../streams/topology/topology.js";
import { CHECKPOINT_EVERY, checkpointFolder, journalFolder, spoolsFolder } from "../persistence.js";
import { needsOf } from "../needs.js";
import { compileAll } from "../pipelines.js";
import { lookUp, openResources } from "../resources.js";
import type { ExitCode, Session } from "../session.js";
import { Link } from "./link.js";
import type { Orders, ToWorker } from "./messages.js";
import { OwnShare } from "./own-share.js";
import { isSource } from "./plan.js";
import { workerFolder } from "./spools.js";

/** How often a worker says what it counted, ms. */
const SAY_EVERY = 1_000;

/** What a worker does, from its orders until it is told to stop. It listens to no signal: whoever started it hears them all. */
export async function work(open: (set: readonly string[]) => Session): Promise<ExitCode> {
  const link = new Link();
  const orders = await link.orders();
  const own = open(orders.set);
  const session = { ...own, log: withFields(own.log, { worker: orders.index }) };
  try {
    return await workOn(session, orders, link);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    await link.end({ what: "refused", reason: cause.message });
    return 2;
  }
}

async function workOn(session: Session, orders: Orders, link: Link): Promise<ExitCode> {
  const { settings, log } = session;
  const topologies = await topologiesOf(session, orders);
  const needs = needsOf(topologies, (node) => !isSource(node));
  const beside = orders.ownBroker ? "its own broker" : "the same broker";
  const opened = await openResources(needs, { settings, log, beside });
  try {
    const share = new OwnShare({
      orders,
      topologies,
      link,
      journal: journalFolder(settings),
      checkpoints: checkpointFolder(settings),
      log,
    });
    const run = new Run({
      topologies,
      resources: opened.resources,
      log,
      live: true,
      letterBox: letterBoxOf(link),
      share: { share, interval: CHECKPOINT_EVERY, spools: join(spoolsFolder(settings), workerFolder(orders)) },
    });
    await run.open();
    let stop = (): void => undefined;
    const stopped = new Promise<void>((resolve) => (stop = () => void run.stop().then(resolve)));
    link.listen((message) => heed(message, { run, share, link, stop }));
    const say = () => ({ what: "status", nodes: run.status(), dead: run.deadLetters.total }) as const;
    link.send(say());
    link.send({ what: "running" });
    const cancel = systemClock.every(SAY_EVERY, () => link.send(say()));
    try {
      await Promise.race([run.start(), stopped]);
    } finally {
      cancel();
    }
    await link.end(say());
    return 0;
  } finally {
    await opened.close();
  }
}

interface Hands {
  readonly run: Run;
  readonly share: OwnShare;
  readonly link: Link;
  readonly stop: () => void;
}

function heed(message: ToWorker, { run, share, link, stop }: Hands): void {
  switch (message.what) {
    case "grown":
      share.grown(message);
      break;
    case "retry": {
      const { id, pipeline, node, returning } = message;
      link.send({ what: "retried", id, answer: run.retry(pipeline, node, returning) });
      break;
    }
    case "keep":
      void run.kept(message.pipeline).then(() => link.send({ what: "kept", id: message.id }));
      break;
    case "stop":
      stop();
      break;
    default:
  }
}

/** The same pipelines as where they were compiled first, whatever has become of the files. */
async function topologiesOf({ registry, settings }: Session, { files, pipelines }: Orders): Promise<Topology[]> {
  const compilations = compileAll(files, registry, settings.variables(), await lookUp());
  return compilations.flatMap(({ topology }) => (topology && pipelines.includes(topology.name) ? [topology] : []));
}

/** Whoever started us keeps the letters of all. */
function letterBoxOf(link: Link): LetterBox {
  return {
    add(letter: DeadLetter) {
      try {
        link.send({ what: "letter", letter });
      } catch (cause) {
        const payload = `it cannot be passed on: ${messageOf(cause)}`;
        link.send({ what: "letter", letter: { ...letter, payload, lossy: true } });
      }
    },
    write: () => undefined,
    sync: () => Promise.resolve(),
  };
}
