import { ConfigError } from "../../streams/component/errors.js";
import type { StoredLetter } from "./letter.js";
import { readLetters } from "./read.js";

/** Which dead letters a command is about. */
export interface Selection {
  /** Ids, or the beginnings of them. */
  readonly ids: readonly string[];
  /** All that are open of a node: `node` or `pipeline.node`. */
  readonly node?: string;
  /** All that are open. */
  readonly all?: boolean;
}

/**
 * The letters that are asked for: those of ids in their order, also where they are not open, and others oldest first.
 *
 * @param folder that of the journal
 * @throws ConfigError where an id is that of none, or the beginning of several; where nothing or too much is asked for
 */
export async function selectLetters(
  folder: string,
  { ids, node, all = false }: Selection,
  isOpen: (id: string) => boolean,
): Promise<StoredLetter[]> {
  if ([ids.length > 0, node !== undefined, all].filter(Boolean).length !== 1)
    throw new ConfigError("say which dead letters: their ids, or --node NODE, or --all");
  if (ids.length > 0) return lettersOf(folder, ids);
  const selected: StoredLetter[] = [];
  for await (const letter of readLetters(folder))
    if (isOpen(letter.id) && (node === undefined || isOfNode(letter, node))) selected.push(letter);
  return selected;
}

/** The letters of these ids, each once. The beginning of an id is enough where it is that of one letter. */
export async function lettersOf(folder: string, ids: readonly string[]): Promise<StoredLetter[]> {
  const found = new Map(ids.map((id) => [id, [] as StoredLetter[]]));
  for await (const letter of readLetters(folder))
    for (const [id, letters] of found) if (letter.id.startsWith(id)) letters.push(letter);
  const selected = new Set([...found].map(([id, letters]) => theOne(id, letters)));
  return [...selected];
}

export function isOfNode({ pipeline, node }: StoredLetter, name: string): boolean {
  return node === name || `${pipeline}.${node}` === name;
}

function theOne(id: string, letters: readonly StoredLetter[]): StoredLetter {
  const whole = letters.find((letter) => letter.id === id);
  if (whole) return whole;
  if (letters.length > 1)
    throw new ConfigError(`${letters.length} dead letters begin with "${id}"; write more of the id`);
  if (letters[0]) return letters[0];
  throw new ConfigError(`no dead letter is called "${id}"; deadletters list says what there is`);
}
