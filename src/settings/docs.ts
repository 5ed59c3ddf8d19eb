import { formatOf } from "./formats.js";
import { ALIASES, SETTINGS, type Setting } from "./list.js";

/** A row of the table of settings in the docs. */
export interface SettingRow {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly default: string;
  readonly allowed: string;
  readonly doc: string;
  /** A secret may come from NAME_FILE and is never printed. */
  readonly secret: boolean;
}

/** Every setting, in the order of the list. */
export function describeSettings(): readonly SettingRow[] {
  return Object.entries<Setting>(SETTINGS).map(([name, setting]) => ({
    name,
    aliases: Object.keys(ALIASES).filter((alias) => ALIASES[alias] === name),
    default: textOf(setting.default),
    allowed: formatOf(setting).allowed,
    doc: setting.doc,
    secret: setting.sensitive ?? false,
  }));
}

/** The text of `.env.example`: every setting with its default and what it is for. */
export function envExample(): string {
  const parts = describeSettings().map(({ name, default: fallback, allowed, doc, secret }) => {
    const comment = secret ? `${doc} Or name a file that holds it: ${name}_FILE.` : `${doc} Write ${allowed}.`;
    return `# ${comment}\n${name}=${fallback}\n`;
  });
  return `# Copy to .env and change what you need. Variables of the environment and --set NAME=VALUE go first.\n\n${parts.join("\n")}`;
}

/** A value as a variable holds it. */
export function textOf(value: string | number | readonly string[]): string {
  return typeof value === "object" ? value.join(",") : String(value);
}
