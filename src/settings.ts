import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import convict from "convict";
import { redactor } from "./redact.js";
import { textOf } from "./settings/docs.js";
import { formatOf } from "./settings/formats.js";
import { levelOf, parseSet, SECRETS, type Texts } from "./settings/levels.js";
import { ALIASES, SETTINGS, type Setting, type SettingName, type Values } from "./settings/list.js";
import { ConfigError, messageOf } from "./streams/component/errors.js";

export { describeSettings, envExample } from "./settings/docs.js";

/** Addresses that no other machine can reach. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Every setting under the name of its variable, checked. */
export interface Settings extends Values {
  /** What `${NAME}` in a pipeline file may stand for: the environment and every setting as text, but for the secrets. */
  variables(): Texts;
  /** The secret values that are set: they must never be printed. */
  secrets(): readonly string[];
}

/** Where settings come from, the first that has one wins: `set`, `env`, `dotenv`, the default. */
export interface SettingSources {
  readonly env: Texts;
  /** The text of the file `.env`. */
  readonly dotenv?: string;
  /** `NAME=VALUE` each, from the command line. `NAME=` puts the default back. */
  readonly set?: readonly string[];
  /** How NAME_FILE is read. */
  readonly readFile?: (path: string) => string;
}

/** Reads and checks the settings. Throws one ConfigError that tells everything that is wrong. */
export function loadSettings({ env, dotenv = "", set = [], readFile = readText }: SettingSources): Settings {
  const problems: string[] = [];
  const fromSet = parseSet(set, problems);
  const given = {
    ...levelOf(parseEnv(dotenv.replace(/^\uFEFF/, "")), readFile, problems),
    ...levelOf(env, readFile, problems),
    ...levelOf(fromSet, readFile, problems),
  };
  const emptied = Object.keys(fromSet)
    .filter((name) => fromSet[name] === "")
    .map((name) => ALIASES[name] ?? name);
  const values = check(Object.fromEntries(Object.entries(given).filter(([name]) => !emptied.includes(name))), problems);
  if ((values.MQTT_CERT === "") !== (values.MQTT_KEY === "")) {
    problems.push("MQTT_CERT and MQTT_KEY belong together: give both or neither");
  }
  if (values.HTTP_TOKEN === "" && !LOOPBACK.test(values.HTTP_HOST)) {
    problems.push(`HTTP_HOST=${values.HTTP_HOST} lets other machines in: set HTTP_TOKEN too, or HTTP_HOST=127.0.0.1`);
  }
  const urls = [values.MQTT_URL, ...values.NATS_URL.split(",")];
  const secrets = [...SECRETS.map((name) => values[name]), ...urls.map(passwordIn)].filter(Boolean).map(String);
  const clean = redactor(secrets);
  if (problems.length > 0) {
    throw new ConfigError(clean(`the settings are wrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`));
  }
  return {
    ...values,
    variables: () => {
      const texts = (Object.keys(SETTINGS) as SettingName[]).map(
        (name) => [name, clean(textOf(values[name]))] as const,
      );
      const all: Readonly<Record<string, string | undefined>> = {
        ...parseEnv(dotenv),
        ...env,
        ...Object.fromEntries(texts),
      };
      return Object.fromEntries(Object.entries(all).filter(([name]) => !SECRETS.some((secret) => secret === name)));
    },
    secrets: () => secrets,
  };
}

function check(given: Texts, problems: string[]): Values {
  const schema = Object.fromEntries(
    Object.entries<Setting>(SETTINGS).map(([name, setting]) => {
      const { allowed, parse } = formatOf(setting);
      // convict's own formats take "12abc" for 12 and every text but "false" for true, so it is given ours.
      convict.addFormat({
        name,
        coerce: (text: string) => parse(text) ?? text,
        validate: (value: unknown) => {
          if (typeof value === "string" && parse(value) === undefined) throw new Error(`write ${allowed}`);
        },
      });
      const { doc, default: fallback, sensitive = false } = setting;
      return [name, { doc, default: fallback, sensitive, format: name, env: name }];
    }),
  );
  const config = convict(schema, { env: { ...given }, args: [] });
  try {
    config.validate({ allowed: "strict" });
  } catch (cause) {
    problems.push(...messageOf(cause).split("\n"));
  }
  return config.getProperties() as unknown as Values;
}

function passwordIn(url: string): string {
  const password = URL.canParse(url) ? new URL(url).password : "";
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}
