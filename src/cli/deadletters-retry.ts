import { ConfigError } from "../streams/component/errors.js";
import { systemClock } from "../streams/time/clock.js";
import { Fates, noteFate } from "./dead-letters/fates.js";
import type { StoredLetter } from "./dead-letters/letter.js";
import { openRequests, removeRequest, requestRetries } from "./dead-letters/requests.js";
import { returningOf } from "./dead-letters/returning.js";
import { type Selection, selectLetters } from "./dead-letters/select.js";
import { runningOn } from "./dead-letters/stream.js";
import { journalFolder } from "./persistence.js";
import type { ExitCode, Session } from "./session.js";

export interface WhichOptions extends Omit<Selection, "ids"> {
  readonly json: boolean;
}

interface Impossible {
  readonly id: string;
  readonly reason: string;
}

/** Asks the run that is going on, or the next one, to give records and messages to their nodes once more. */
export async function retryDeadLetters(
  { settings, out }: Session,
  ids: readonly string[],
  { json, ...which }: WhichOptions,
): Promise<ExitCode> {
  const { STATE_DIR } = settings;
  const folder = journalFolder(settings);
  const fates = Fates.read(STATE_DIR);
  const asked = new Set(openRequests(STATE_DIR).map(({ id }) => id));
  const letters = await selectLetters(folder, { ...which, ids }, (id) => fates.isOpen(id));
  const impossible = letters.flatMap(whyNot);
  // Whoever names a letter wants that one.
  if (ids.length > 0 && impossible[0])
    throw new ConfigError(`dead letter ${impossible[0].id} cannot be retried: ${impossible[0].reason}`);
  const refused = new Set(impossible.map(({ id }) => id));
  const retried = letters.filter(({ id }) => !refused.has(id) && !asked.has(id));
  const already = letters.length - retried.length - impossible.length;
  requestRetries(STATE_DIR, retried, systemClock.now());
  const run = runningOn(folder);
  if (json) {
    out.json({ retried: retried.map(({ id }) => id), impossible, run: run ?? null });
    return 0;
  }
  out.line(`${lettersText(retried.length)} to be retried${already > 0 ? `, ${already} more asked for already` : ""}`);
  for (const [reason, count] of counted(impossible)) out.line(`${lettersText(count)} cannot be: ${reason}`);
  if (retried.length + already > 0)
    out.line(
      run === undefined
        ? "no run is going on with this STATE_DIR: the next one takes them"
        : `the run that is going on (process ${run}) takes them within a second or so`,
    );
  return 0;
}

/** Takes dead letters off the list. They stay in the journal until that lets go of them. */
export async function dropDeadLetters(
  { settings, out }: Session,
  ids: readonly string[],
  { json, ...which }: WhichOptions,
): Promise<ExitCode> {
  const { STATE_DIR } = settings;
  const fates = Fates.read(STATE_DIR);
  const letters = await selectLetters(journalFolder(settings), { ...which, ids }, (id) => fates.isOpen(id));
  const dropped = letters.map(({ id }) => id).filter((id) => fates.isOpen(id));
  if (dropped.length > 0) noteFate(STATE_DIR, dropped, { state: "dropped" }, systemClock.now());
  const gone = new Set(dropped);
  for (const request of openRequests(STATE_DIR)) if (gone.has(request.id)) removeRequest(STATE_DIR, request);
  if (json) out.json({ dropped });
  else out.line(`${lettersText(dropped.length)} dropped`);
  return 0;
}

function whyNot(letter: StoredLetter): Impossible[] {
  const returning = returningOf(letter);
  return "impossible" in returning ? [{ id: letter.id, reason: returning.impossible }] : [];
}

function counted(impossible: readonly Impossible[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { reason } of impossible) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}

function lettersText(count: number): string {
  return `${count === 0 ? "no" : count} dead ${count === 1 ? "letter" : "letters"}`;
}
