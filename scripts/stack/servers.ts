import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { BrokerFiles } from "./broker-files.js";
import type { ChildOptions } from "./child.js";
import { portAt } from "./find.js";

/** What a server of the stack is started with. `program` is where it was found. */
export type Server = Omit<ChildOptions, "say">;

export interface Place {
  /** The repository. */
  readonly home: string;
  /** Everything that the stack writes goes here. */
  readonly folder: string;
  readonly files: BrokerFiles;
  /** PATH and what else the servers inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const ORG = "layerstream";
export const BUCKET = "printing_metrics";

export function mosquitto(program: string, port: number, { files, env }: Place): Server {
  const args = ["-c", files.configuration];
  // Somebody else may have taken the port meanwhile: then one listens there, and it is not this one.
  const ready = async (said: string): Promise<boolean> => said.includes(" running") && (await listens(port));
  return { name: "mqtt", command: program, args, cwd: files.folder, env, ready };
}

export function influxd(program: string, url: string, { folder, env }: Place): Server {
  const data = ["bolt", "engine", "sqlite"].map((part) => `--${part}-path=${join(folder, "influxdb", part)}`);
  mkdirSync(join(folder, "influxdb"), { recursive: true });
  const args = [`--http-bind-address=${new URL(url).host}`, "--reporting-disabled", "--log-level=warn", ...data];
  return { name: "influxdb", command: program, args, cwd: folder, env, ready: () => answers(`${url}/health`) };
}

/** Makes organisation, bucket and token as the container does at its first start; later there is nothing to do. */
export async function setUpInfluxdb(url: string, files: BrokerFiles): Promise<void> {
  const { allowed } = (await (await fetch(`${url}/api/v2/setup`)).json()) as { allowed: boolean };
  if (!allowed) return;
  const body = JSON.stringify({
    username: "admin",
    password: files.secret("influxdb_admin_password"),
    token: files.secret("influxdb_token"),
    org: ORG,
    bucket: BUCKET,
  });
  const answer = await fetch(`${url}/api/v2/setup`, { method: "POST", body });
  if (!answer.ok) throw new Error(`influxd does not let itself be set up: ${answer.status} ${await answer.text()}`);
}

export function victoriaMetrics(program: string, url: string, { folder, env }: Place): Server {
  const data = [`-storageDataPath=${join(folder, "victoria-metrics")}`, "-retentionPeriod=90d"];
  const args = [`-httpListenAddr=${new URL(url).host}`, "-loggerLevel=WARN", "-dedup.minScrapeInterval=1ms", ...data];
  return { name: "influxdb", command: program, args, cwd: folder, env, ready: () => answers(`${url}/health`) };
}

export interface Addresses {
  readonly mqtt: string;
  readonly influxdb: string;
  readonly processor: string;
}

export async function telegraf(
  program: string,
  addresses: Addresses,
  { home, folder, files, env }: Place,
): Promise<Server> {
  const health = `http://127.0.0.1:${await portAt(8888)}`;
  return {
    name: "telegraf",
    command: program,
    args: ["--config", join(home, "config", "telegraf.conf")],
    cwd: folder,
    env: {
      ...env,
      MQTT_URL: addresses.mqtt,
      INFLUXDB_URL: addresses.influxdb,
      INFLUXDB_ORG: ORG,
      INFLUXDB_BUCKET: BUCKET,
      PROCESSOR_URL: `${addresses.processor}/metrics`,
      PROCESSOR_TOKEN_FILE: join(files.folder, "secrets", "http_token"),
      SECRETS_DIR: join(files.folder, "secrets"),
      HEALTH_URL: health,
    },
    ready: () => answers(health),
  };
}

/** Where Debian's package has Grafana's own pages. */
const GRAFANA_HOME = "/usr/share/grafana";

export function grafana(program: string, url: string, influxdb: string, { home, folder, files, env }: Place): Server {
  const data = join(folder, "grafana");
  const provisioning = join(data, "provisioning");
  cpSync(join(home, "grafana", "provisioning"), provisioning, { recursive: true });
  // The paths of the container.
  for (const entry of readdirSync(provisioning, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "utf8")
      .replaceAll("/run/secrets/", `${join(files.folder, "secrets")}/`)
      .replaceAll("/etc/grafana/dashboards", join(home, "grafana", "dashboards"));
    writeFileSync(path, text);
  }
  return {
    name: "grafana",
    command: program,
    args: ["--homepath", GRAFANA_HOME],
    cwd: folder,
    env: {
      ...env,
      GF_SERVER_HTTP_ADDR: "127.0.0.1",
      GF_SERVER_HTTP_PORT: new URL(url).port,
      GF_PATHS_DATA: data,
      GF_PATHS_LOGS: join(data, "log"),
      GF_PATHS_PLUGINS: join(data, "plugins"),
      GF_PATHS_PROVISIONING: provisioning,
      GF_SECURITY_ADMIN_PASSWORD__FILE: join(files.folder, "secrets", "grafana_admin_password"),
      GF_ANALYTICS_REPORTING_ENABLED: "false",
      GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
      GF_LOG_MODE: "console",
      ALERT_CHANNEL: "email",
      ALERT_TO: "operators@localhost",
      INFLUXDB_URL: influxdb,
      INFLUXDB_ORG: ORG,
      INFLUXDB_BUCKET: BUCKET,
    },
    ready: () => answers(`${url}/api/health`),
  };
}

/** True where an HTTP server says that it is well. */
export function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const say = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => say(true)).once("error", () => say(false));
  });
}
