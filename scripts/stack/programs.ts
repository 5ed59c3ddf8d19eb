import { join } from "node:path";
import { answers, BUCKET, ORG, type Place, type Server } from "./servers.js";

export interface ProgramPlace extends Place {
  /** undefined: the program's own broker serves, for printers that it simulates itself. */
  readonly mqtt: string | undefined;
  /** undefined: the embedded history serves. */
  readonly influxdb: string | undefined;
}

/** The processor; where there is no broker, the simulated printers too. */
export function processor(url: string, place: ProgramPlace): Server {
  const pipelines = place.mqtt === undefined ? ["quality", "synthesizer"] : ["quality"];
  const database = place.influxdb !== undefined && {
    INFLUXDB_URL: place.influxdb,
    // Without a broker there are no secrets, and then the database is one that asks for none.
    ...(place.mqtt === undefined
      ? { INFLUXDB_TOKEN: "none" }
      : { INFLUXDB_TOKEN_FILE: secretFile(place, "influxdb_token") }),
    INFLUXDB_ORG: ORG,
    INFLUXDB_BUCKET: BUCKET,
  };
  const login = place.mqtt !== undefined && {
    MQTT_PASSWORD_FILE: secretFile(place, "mqtt_password"),
    HTTP_TOKEN_FILE: secretFile(place, "http_token"),
  };
  return program("processor", pipelines, url, { ...login, ...database }, place);
}

export function synthesizer(url: string, place: ProgramPlace): Server {
  const login = { MQTT_USERNAME: "synthesizer", MQTT_PASSWORD_FILE: secretFile(place, "mqtt_synthesizer_password") };
  return program("synthesizer", ["synthesizer"], url, login, place);
}

/** Other settings come from the environment, and then from the .env in the stack's folder, which is its own. */
function program(
  name: string,
  pipelines: readonly string[],
  url: string,
  settings: Readonly<Record<string, string>>,
  { home, folder, env, mqtt }: ProgramPlace,
): Server {
  const files = pipelines.map((pipeline) => join(home, "config", "pipelines", `${pipeline}.yaml`));
  return {
    name,
    command: process.execPath,
    args: ["--enable-source-maps", join(home, "dist", "main.js"), "run", ...files],
    cwd: folder,
    env: {
      ...env,
      MQTT_URL: mqtt ?? "",
      STATE_DIR: join(folder, name),
      HTTP_HOST: "127.0.0.1",
      HTTP_PORT: new URL(url).port,
      LOG_FORMAT: "pretty",
      ...settings,
    },
    ready: async (said) => {
      const address = addressIn(said);
      return address !== undefined && (await answers(`${address}/readyz`));
    },
  };
}

/** Where the program says that it is: another port, where somebody else has taken its own in the meantime. */
export function addressIn(said: string): string | undefined {
  return /\brunning\b.* http=(http:\S+)/.exec(said)?.[1];
}

function secretFile({ files }: Place, name: string): string {
  return join(files.folder, "secrets", name);
}
