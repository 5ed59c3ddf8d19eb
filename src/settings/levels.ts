import { messageOf } from "../streams/component/errors.js";
import { didYouMean } from "../streams/component/suggest.js";
import { ALIASES, SETTINGS, type Setting, type SettingName } from "./list.js";

/** Settings as written at one level, by their own names. */
export type Level = Readonly<Partial<Record<SettingName, string>>>;
export type Texts = Readonly<Record<string, string | undefined>>;

const NAMES = Object.keys(SETTINGS) as SettingName[];
const FILE_SUFFIX = "_FILE";
/** The settings that NAME_FILE may give. */
export const SECRETS = NAMES.filter((name) => (SETTINGS[name] as Setting).sensitive);

/**
 * Picks the settings out of variables: aliases under their real name, secrets out of their files. Empty text is left out:
 * it is how compose files and shells say that something is not set. What is wrong goes to `problems`.
 */
export function levelOf(variables: Texts, readFile: (path: string) => string, problems: string[]): Level {
  const level: Partial<Record<SettingName, string>> = {};
  for (const [alias, name] of Object.entries(ALIASES)) if (variables[alias]) level[name] = variables[alias];
  for (const name of NAMES) if (variables[name]) level[name] = variables[name];
  for (const name of SECRETS) {
    const path = variables[name + FILE_SUFFIX];
    if (!path) continue;
    if (level[name] !== undefined) problems.push(`${name} and ${name}${FILE_SUFFIX} are both given; take one away`);
    else {
      try {
        level[name] = readFile(path).replace(/\r?\n$/, "");
        if (level[name] === "") problems.push(`${name}${FILE_SUFFIX}: ${path} is empty`);
      } catch (cause) {
        problems.push(`${name}${FILE_SUFFIX}: cannot read the file: ${messageOf(cause)}`);
      }
    }
  }
  return level;
}

/** Variables from the command line, `NAME=VALUE` each. An empty value is kept: it puts the default back. */
export function parseSet(set: readonly string[], problems: string[]): Record<string, string> {
  const known = [...NAMES, ...Object.keys(ALIASES), ...SECRETS.map((name) => name + FILE_SUFFIX)];
  const variables: Record<string, string> = {};
  for (const text of set) {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [undefined, text, undefined];
    if (!known.includes(name)) problems.push(`--set ${name}: there is no such setting.${didYouMean(name, known)}`);
    else if (value === undefined) problems.push(`--set ${name}: write --set ${name}=VALUE`);
    else variables[name] = value;
  }
  return variables;
}
