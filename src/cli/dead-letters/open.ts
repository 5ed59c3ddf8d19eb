import { messageOf } from "../../streams/component/errors.js";
import { viewEmbeddedStream } from "../../streams/journal/embedded/view.js";
import { systemClock } from "../../streams/time/clock.js";
import type { Topology } from "../../streams/topology/topology.js";
import { journalFolder } from "../persistence.js";
import type { Session } from "../session.js";
import { forgetFates, type Fates } from "./fates.js";
import { DeadLetterJournal } from "./journal.js";
import { openDeadLetterStream, STREAM } from "./stream.js";

/**
 * Where the dead letters of a run go. One that keeps no stream goes on without where that cannot be opened, as beside a run
 * with the same STATE_DIR; any other throws ConfigError.
 */
export async function openLetterBox(
  { settings, log }: Session,
  topologies: readonly Topology[],
  fates: Fates,
): Promise<DeadLetterJournal | undefined> {
  try {
    const folder = journalFolder(settings);
    const stream = await openDeadLetterStream(folder, log);
    const view = await viewEmbeddedStream(folder, STREAM);
    if (view) forgetFates(settings.STATE_DIR, view.oldest);
    return new DeadLetterJournal({ stream, clock: systemClock, log, retries: (id) => fates.retries(id) });
  } catch (cause) {
    if (topologies.some(keeps)) throw cause;
    log.warn("dead letters are not kept", { reason: messageOf(cause) });
    return undefined;
  }
}

function keeps({ nodes }: Topology): boolean {
  return nodes.some(({ definition, options }) => definition.role === "source" && definition.keeps?.(options));
}
