import { positionText } from "../streams/record/record.js";
import { type Fate, Fates } from "./dead-letters/fates.js";
import type { StoredLetter } from "./dead-letters/letter.js";
import { readLetters } from "./dead-letters/read.js";
import { openRequests } from "./dead-letters/requests.js";
import { isOfNode, lettersOf } from "./dead-letters/select.js";
import { table } from "./output.js";
import { journalFolder } from "./persistence.js";
import { oneLine, printable } from "./printable.js";
import type { ExitCode, Session } from "./session.js";
import { timeOf } from "./time-option.js";

export interface ListOptions {
  /** `node` or `pipeline.node`. */
  readonly node?: string;
  /** Put aside at this time or later. */
  readonly since?: string;
  /** So many of the newest. */
  readonly limit: number;
  /** Those that were retried or dropped too. */
  readonly allStates: boolean;
  readonly json: boolean;
}

const LONGEST_CAUSE = 100;

/** A letter and what became of it. */
type Told = StoredLetter & { readonly fate?: Fate | { readonly state: "asked" } };

/** The newest of what runs have put aside, oldest first. */
export async function listDeadLetters(
  { settings, out }: Session,
  { node, since, limit, allStates, json }: ListOptions,
): Promise<ExitCode> {
  const earliest = since === undefined ? -Infinity : timeOf("--since", since);
  const { fates, tell } = tellerOf(settings.STATE_DIR);
  let letters: StoredLetter[] = [];
  let found = 0;
  for await (const letter of readLetters(journalFolder(settings))) {
    if (!allStates && !fates.isOpen(letter.id)) continue;
    if (node !== undefined && !isOfNode(letter, node)) continue;
    if (Date.parse(letter.at) < earliest) continue;
    found++;
    letters.push(letter);
    if (letters.length >= 2 * limit + 1_000) letters = letters.slice(-limit);
  }
  letters = limit === 0 ? [] : letters.slice(-limit);
  const told = letters.map(tell);
  if (json) out.json(told);
  else if (found === 0) out.line("no dead letters");
  else {
    const heading = ["id", "put aside", "node", "key", "from", ...(allStates ? ["state"] : []), "cause"];
    for (const line of table([heading, ...told.map((letter) => row(letter, allStates))])) out.line(line);
    if (letters.length < found) out.line(`the newest ${letters.length} of ${found}; --limit shows more`);
  }
  return 0;
}

/** All that is kept of one dead letter. The beginning of an id is enough where it is that of one letter. */
export async function showDeadLetter(
  { settings, out }: Session,
  id: string,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const [letter] = await lettersOf(journalFolder(settings), [id]);
  const told = tellerOf(settings.STATE_DIR).tell(letter!);
  if (json) out.json(told);
  else for (const line of describe(told)) out.line(line);
  return 0;
}

function tellerOf(folder: string): { readonly fates: Fates; readonly tell: (letter: StoredLetter) => Told } {
  const fates = Fates.read(folder);
  const asked = new Set(openRequests(folder).map(({ id }) => id));
  const tell = (letter: StoredLetter): Told => {
    const fate = asked.has(letter.id) ? ({ state: "asked" } as const) : fates.of(letter.id);
    return { ...letter, ...(fate && { fate }) };
  };
  return { fates, tell };
}

function row({ id, at, pipeline, node, key, place, position, cause, fate }: Told, allStates: boolean): string[] {
  const said = oneLine(cause);
  const short = said.length > LONGEST_CAUSE ? `${said.slice(0, LONGEST_CAUSE)}…` : said;
  return [
    id,
    at,
    `${pipeline}.${node}`,
    oneLine(key ?? ""),
    oneLine(place ?? (position ? positionText(position) : "")),
    ...(allStates ? [stateOf(fate)] : []),
    short,
  ];
}

function stateOf(fate: Told["fate"]): string {
  if (!fate) return "open";
  switch (fate.state) {
    case "asked":
      return "to be retried";
    case "refused":
      return `open, retry refused ${fate.at}`;
    default:
      return `${fate.state} ${fate.at}`;
  }
}

function describe({ payload, cut, position, fate, ...rest }: Told): string[] {
  const reason = fate && "reason" in fate ? `: ${fate.reason}` : "";
  const facts = Object.entries({
    ...rest,
    ...(position && { position: positionText(position) }),
    state: stateOf(fate) + reason,
  });
  // The whole value is an object, and for machines: --json has it.
  const lines = facts.flatMap(([name, fact]) =>
    typeof fact === "object" ? [] : [`${name.padEnd(11)} ${oneLine(String(fact))}`],
  );
  const text = typeof payload === "string" ? payload : JSON.stringify(payload, null, 2);
  return [...lines, cut ? "payload, its beginning:" : "payload:", printable(text)];
}
