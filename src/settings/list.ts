import type { FormatName } from "./formats.js";

/** Where the program runs; what it does is in the pipeline files. Empty text means: not set. */
export const SETTINGS = {
  MQTT_URL: {
    doc: "MQTT broker. Empty: a broker of our own on 127.0.0.1:1883, or the next free port.",
    format: "broker-url",
    default: "",
  },
  MQTT_USERNAME: { doc: "Name to log in to the broker with.", format: "text", default: "mlops_user" },
  MQTT_PASSWORD: { doc: "Password for the broker.", format: "text", default: "", sensitive: true },
  MQTT_CA: { doc: "File with the certificate authority of the broker (PEM).", format: "text", default: "" },
  MQTT_CERT: { doc: "File with our certificate for the broker (PEM).", format: "text", default: "" },
  MQTT_KEY: { doc: "File with the key of our certificate (PEM).", format: "text", default: "" },
  ROUGHNESS_THRESHOLD: { doc: "Roughness above which a printer is slowed.", format: "number", default: 75 },
  SYNTHESIZER_RATE_HZ: {
    doc: "Messages a second of the synthesizer, over all its printers. BASE_RATE_HZ is the same.",
    format: "rate",
    default: 100,
  },
  SYNTHESIZER_PRINTERS: { doc: "Printers that the synthesizer simulates.", format: "count", default: 8 },
  SYNTHESIZER_SEED: { doc: "The same seed gives the same readings.", format: "seed", default: 1 },
  INFLUXDB_URL: {
    doc: "InfluxDB, or any server of its write API. Empty: none, the embedded history serves.",
    format: "http-url",
    default: "",
  },
  INFLUXDB_TOKEN: { doc: "Token that may write to the bucket.", format: "text", default: "", sensitive: true },
  INFLUXDB_ORG: { doc: "Organisation that owns the bucket.", format: "text", default: "layerstream" },
  INFLUXDB_BUCKET: { doc: "Bucket that rows are written to.", format: "text", default: "printing_metrics" },
  STATE_DIR: {
    doc: "Folder for all that must survive: journal, checkpoints, history, spool, dead letters.",
    format: "text",
    default: ".layerstream",
  },
  JOURNAL_KEEP_DAYS: {
    doc: "Days that the journal keeps what sources read; what a restart needs it keeps longer.",
    format: "rate",
    default: 7,
  },
  JOURNAL_KEEP_GIB: {
    doc: "GiB that the journal of a stream may grow to; beyond that the oldest goes in any case.",
    format: "rate",
    default: 10,
  },
  NATS_URL: {
    doc: "Servers that keep the streams where several instances share the work, with commas between. Empty: none.",
    format: "nats-urls",
    default: "",
  },
  NATS_USERNAME: { doc: "Name to log in to the nats-server with.", format: "text", default: "" },
  NATS_PASSWORD: { doc: "Password for the nats-server.", format: "text", default: "", sensitive: true },
  NATS_CREDENTIALS: {
    doc: "File with our credentials for the nats-server (JWT and seed).",
    format: "text",
    default: "",
  },
  NATS_CA: { doc: "File with the certificate authority of the nats-server (PEM).", format: "text", default: "" },
  NATS_REPLICAS: {
    doc: "Servers of the cluster that keep each message; 3 outlive the loss of one.",
    format: "replicas",
    default: 1,
  },
  CONSUMER_GROUP: {
    doc: "Instances of one group share the partitions; another group works on all of them once more.",
    format: "group",
    default: "layerstream",
  },
  WORKERS: {
    doc: "Processes that share the work of pipelines whose sources are kept, by printer; 1 does it all in the one.",
    format: "workers",
    default: 1,
  },
  HTTP_HOST: { doc: "Address that the dashboard and the API listen on.", format: "text", default: "127.0.0.1" },
  HTTP_PORT: {
    doc: "Port of the dashboard and the API; 0 takes any that is free.",
    format: "port-number",
    default: 8080,
  },
  HTTP_TOKEN: {
    doc: "Token that the API and /metrics ask for. Needed where HTTP_HOST is not of this machine alone.",
    format: "text",
    default: "",
    sensitive: true,
  },
  CONTROL_MODE: {
    doc: "auto publishes adjustments, advise records what would have been sent.",
    words: ["auto", "advise"] as const,
    default: "auto",
  },
  TFJS_BACKEND: {
    doc: "What runs the models; auto takes the fastest one that is installed.",
    words: ["auto", "node", "wasm", "cpu"] as const,
    default: "auto",
  },
  LOG_LEVEL: {
    doc: "The least important log lines that are written.",
    words: ["error", "warn", "info", "debug"] as const,
    default: "info",
  },
  LOG_FORMAT: {
    doc: "auto is pretty on a terminal and json elsewhere.",
    words: ["auto", "pretty", "json"] as const,
    default: "auto",
  },
  PIPELINES: {
    doc: "Pipeline files to run, with commas between. Empty: those in config/pipelines that come with the program.",
    format: "list",
    default: [] as readonly string[],
  },
} satisfies Readonly<Record<string, Setting>>;

/** One setting, as convict takes it. */
export interface Setting {
  readonly doc: string;
  /** A name from formats.ts. */
  readonly format?: FormatName;
  /** Instead of a format: the words that are allowed. */
  readonly words?: readonly string[];
  readonly default: string | number | readonly string[];
  /** Never printed; NAME_FILE may name a file that holds it. */
  readonly sensitive?: boolean;
}

export type SettingName = keyof typeof SETTINGS;
/** What the settings hold, each under the name of its variable. */
export type Values = { readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> };
type ValueOf<S extends Setting> = S extends { readonly words: readonly (infer Word)[] } ? Word : S["default"];

/** Other names that are accepted for a setting. */
export const ALIASES: Readonly<Record<string, SettingName>> = { BASE_RATE_HZ: "SYNTHESIZER_RATE_HZ" };
