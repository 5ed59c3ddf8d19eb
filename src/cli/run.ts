import { ConfigError } from "../streams/component/errors.js";
import type { Topology } from "../streams/topology/topology.js";
import { formatProblem } from "../streams/topology/problem.js";
import { heard } from "./heard.js";
import { startServer } from "../server/server.js";
import { systemClock } from "../streams/time/clock.js";
import { Fates } from "./dead-letters/fates.js";
import type { DeadLetterJournal } from "./dead-letters/journal.js";
import { openLetterBox } from "./dead-letters/open.js";
import { Retrying } from "./dead-letters/retrying.js";
import { Farm } from "./farm.js";
import { runInGroup } from "./group/run.js";
import { liveTable } from "./live-table.js";
import { answersPrinters } from "./needs.js";
import { loadTopologies } from "./pipelines.js";
import { lookUp, openResources } from "./resources.js";
import type { Screen } from "./screen.js";
import { type ExitCode, type Session, whenStopped } from "./session.js";
import { sayTotals } from "./totals.js";
import { needsHere, teamOf } from "./workers/open.js";
import { planOf } from "./workers/plan.js";
import type { Team } from "./workers/team.js";

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
  const { topologies, warnings, files } = await loadTopologies(paths, registry, settings.variables(), await lookUp());
  for (const warning of warnings) log.warn("pipeline problem", { problem: formatProblem(warning) });
  if (settings.NATS_URL !== "") {
    refuseWithNats(resetState, settings.WORKERS);
    return runInGroup(session, topologies);
  }
  const plan = planOf(topologies, settings.WORKERS);
  const announce = answersPrinters(topologies);
  const opened = await openResources(needsHere(topologies, plan), { settings, log, announce });
  let letterBox: DeadLetterJournal | undefined;
  try {
    const fates = Fates.read(settings.STATE_DIR);
    letterBox = await openLetterBox(session, topologies, fates);
    const { resources } = opened;
    const opening = { topologies, files, plan, resources, letterBox, resetState, screen };
    const running = await teamOf(session, opening);
    await running.open();
    const { HTTP_HOST: host, HTTP_PORT: port, HTTP_TOKEN: token } = settings;
    const server = await startServer({ host, port, token, log, run: running });
    const hide = screen ? showTable(screen, running, plan.here) : undefined;
    const ended = new Promise<void>((resolve) =>
      whenStopped(stop, () => {
        log.info("stopping: what was read is finished; another Ctrl-C ends at once");
        void running.stop().then(resolve);
      }),
    );
    let retrying: Retrying | undefined;
    try {
      const done = running.start();
      opened.begin();
      // Without the stream of dead letters this is not the run that commands speak to.
      if (letterBox)
        retrying = new Retrying({ folder: settings.STATE_DIR, run: running, fates, clock: systemClock, log });
      await Promise.race([done, heard(running, systemClock, stop)]);
      // Whoever stopped it meanwhile was told that it stops.
      if (!stop.aborted)
        log.info("running", {
          pipelines: topologies.map(({ name }) => name),
          http: server.address,
          ...(plan.shared.length > 0 && { workers: settings.WORKERS }),
        });
      await Promise.race([done, ended]);
      if (stop.aborted) await ended;
    } finally {
      retrying?.close();
      // Where every source has ended, or one could not go on.
      if (!stop.aborted) await running.stop();
      hide?.();
      await server.close();
    }
    sayTotals(running.status(), running.dead, log);
    return 0;
  } finally {
    await letterBox?.close();
    await opened.close();
  }
}

function showTable(screen: Screen, running: Team, topologies: readonly Topology[]): () => void {
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

/** What is for a run with a journal of its own. */
function refuseWithNats(resetState: "begin" | "end" | undefined, workers: number): void {
  if (workers > 1)
    throw new ConfigError(
      `WORKERS=${workers} is for a run with a journal of its own, and NATS_URL is set: start the program ${workers} times, ` +
        "each with a STATE_DIR of its own",
    );
  if (resetState === undefined) return;
  throw new ConfigError(
    "--reset-state is for a run with a journal of its own, and NATS_URL is set: give those who share the work another " +
      "CONSUMER_GROUP, which works through all that is kept",
  );
}
