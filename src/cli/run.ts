import { ConfigError } from "../streams/component/errors.js";
import { Run } from "../streams/runtime/run.js";
import type { Topology } from "../streams/topology/topology.js";
import { formatProblem } from "../streams/topology/problem.js";
import { startServer } from "../server/server.js";
import { systemClock } from "../streams/time/clock.js";
import { Fates } from "./dead-letters/fates.js";
import type { DeadLetterJournal } from "./dead-letters/journal.js";
import { openLetterBox } from "./dead-letters/open.js";
import { Retrying } from "./dead-letters/retrying.js";
import { Farm } from "./farm.js";
import { runInGroup } from "./group/run.js";
import { liveTable } from "./live-table.js";
import { needsOf } from "./needs.js";
import { loadTopologies } from "./pipelines.js";
import { lookUp, openResources } from "./resources.js";
import type { Screen } from "./screen.js";
import { persistenceOf } from "./persistence.js";
import { type ExitCode, type Session, whenStopped } from "./session.js";
import { sayTotals } from "./totals.js";

const REDRAW = 500;

export interface RunCommandOptions {
  /** What the journal and the checkpoints hold of earlier runs is not gone on with. */
  readonly resetState?: "begin" | "end";
}

/** Runs pipeline files until a signal comes or every source has ended. */
export async function run(
  session: Session,
  paths: readonly string[],
  { resetState }: RunCommandOptions = {},
  screen?: Screen,
): Promise<ExitCode> {
  const { settings, registry, log, stop } = session;
  const { topologies, warnings } = await loadTopologies(paths, registry, settings.variables(), await lookUp());
  for (const warning of warnings) log.warn("pipeline problem", { problem: formatProblem(warning) });
  if (settings.NATS_URL !== "") {
    refuseReset(resetState);
    return runInGroup(session, topologies);
  }
  const opened = await openResources(needsOf(topologies), { settings, log });
  let letterBox: DeadLetterJournal | undefined;
  try {
    const fates = Fates.read(settings.STATE_DIR);
    letterBox = await openLetterBox(session, topologies, fates);
    const keep = persistenceOf(session, resetState);
    const { resources } = opened;
    const running = new Run({ topologies, resources, log, live: true, ...(letterBox && { letterBox }), keep });
    await running.open();
    const server = await startServer({ host: settings.HTTP_HOST, port: settings.HTTP_PORT, log, run: running });
    const hide = screen ? showTable(screen, running, topologies) : undefined;
    const ended = new Promise<void>((resolve) =>
      whenStopped(stop, () => {
        log.info("stopping: what was read is finished; another Ctrl-C ends at once");
        void running.stop().then(resolve);
      }),
    );
    log.info("running", { pipelines: topologies.map(({ name }) => name), http: server.address });
    let retrying: Retrying | undefined;
    try {
      const done = running.start();
      opened.begin();
      // Without the stream of dead letters this is not the run that commands speak to.
      if (letterBox)
        retrying = new Retrying({ folder: settings.STATE_DIR, run: running, fates, clock: systemClock, log });
      await Promise.race([done, ended]);
      if (stop.aborted) await ended;
    } finally {
      retrying?.close();
      hide?.();
      await server.close();
    }
    sayTotals(running.status(), running.deadLetters.total, log);
    return 0;
  } finally {
    await letterBox?.close();
    await opened.close();
  }
}

function showTable(screen: Screen, running: Run, topologies: readonly Topology[]): () => void {
  const farm = new Farm();
  for (const { name, nodes } of topologies) {
    for (const node of nodes) {
      const kind = node.emits?.kind;
      const concluded = kind === "prediction" || kind === "verdict" || kind === "adjustment";
      const shown = concluded || (kind === "reading" && node.inputs.length === 0);
      const stream = shown ? running.outputOf(name, node.name) : undefined;
      if (stream) farm.watch(stream);
    }
  }
  const began = systemClock.now();
  const draw = (): void => {
    const seconds = (systemClock.now() - began) / 1000;
    screen.show(liveTable(farm, running.status(), seconds, screen.room));
  };
  const cancel = systemClock.every(REDRAW, draw);
  return () => {
    cancel();
    draw();
    screen.release();
  };
}

function refuseReset(resetState: "begin" | "end" | undefined): void {
  if (resetState === undefined) return;
  throw new ConfigError(
    "--reset-state is for a run with a journal of its own, and NATS_URL is set: give those who share the work another " +
      "CONSUMER_GROUP, which works through all that is kept",
  );
}
