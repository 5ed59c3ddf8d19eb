import { ConfigError } from "../streams/component/errors.js";
import { positionText } from "../streams/record/record.js";
import type { StoredLetter } from "./dead-letters/letter.js";
import { readLetters } from "./dead-letters/read.js";
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
  readonly json: boolean;
}

const LONGEST_CAUSE = 100;

/** The newest of what runs have put aside, oldest first. */
export async function listDeadLetters(
  { settings, out }: Session,
  { node, since, limit, json }: ListOptions,
): Promise<ExitCode> {
  const earliest = since === undefined ? -Infinity : timeOf("--since", since);
  let letters: StoredLetter[] = [];
  let found = 0;
  for await (const letter of readLetters(journalFolder(settings))) {
    if (node !== undefined && letter.node !== node && `${letter.pipeline}.${letter.node}` !== node) continue;
    if (Date.parse(letter.at) < earliest) continue;
    found++;
    letters.push(letter);
    if (letters.length >= 2 * limit + 1_000) letters = letters.slice(-limit);
  }
  letters = limit === 0 ? [] : letters.slice(-limit);
  if (json) out.json(letters);
  else if (found === 0) out.line("no dead letters");
  else {
    for (const line of table([["id", "put aside", "node", "key", "from", "cause"], ...letters.map(row)]))
      out.line(line);
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
  const found: StoredLetter[] = [];
  for await (const letter of readLetters(journalFolder(settings))) {
    if (letter.id.startsWith(id)) found.push(letter);
    if (letter.id === id) break;
  }
  const letter = found.find((known) => known.id === id) ?? found[0];
  if (!letter) throw new ConfigError(`no dead letter is called "${id}"; deadletters list says what there is`);
  if (letter.id !== id && found.length > 1)
    throw new ConfigError(`${found.length} dead letters begin with "${id}"; write more of the id`);
  if (json) out.json(letter);
  else for (const line of describe(letter)) out.line(line);
  return 0;
}

function row({ id, at, pipeline, node, key, place, position, cause }: StoredLetter): string[] {
  const said = oneLine(cause);
  const short = said.length > LONGEST_CAUSE ? `${said.slice(0, LONGEST_CAUSE)}…` : said;
  return [
    id,
    at,
    `${pipeline}.${node}`,
    oneLine(key ?? ""),
    oneLine(place ?? (position ? positionText(position) : "")),
    short,
  ];
}

function describe({ payload, cut, position, ...rest }: StoredLetter): string[] {
  const facts = Object.entries({ ...rest, ...(position && { position: positionText(position) }) });
  // The whole value is an object, and for machines: --json has it.
  const lines = facts.flatMap(([name, fact]) =>
    typeof fact === "object" ? [] : [`${name.padEnd(11)} ${oneLine(String(fact))}`],
  );
  const text = typeof payload === "string" ? payload : JSON.stringify(payload, null, 2);
  return [...lines, cut ? "payload, its beginning:" : "payload:", printable(text)];
}
