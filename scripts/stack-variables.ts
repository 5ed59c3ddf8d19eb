/** Variables of `.env` that the containers around the program need, and the program itself does not. */
const STACK_VARIABLES = {
  PUBLISH_ON: ["127.0.0.1", "Address of this machine that ports of the stack are published on."],
  COMPOSE_PROFILES: ["", "nats: a nats-server and two more processors. Set NATS_URL=nats://nats:4222 with it."],
  STACK_UID: ["", "User that the broker runs as: the owner of config/pwfile. scripts/init_mqtt.sh writes it."],
  STACK_GID: ["", "Its group. scripts/init_mqtt.sh writes it."],
  INFLUXDB_ADMIN_USERNAME: ["admin", "Name that InfluxDB's page is opened with."],
  INFLUXDB_ADMIN_PASSWORD: ["", "Its password, 8 characters or more. Empty: scripts/init_mqtt.sh makes one."],
  INFLUXDB_RETENTION: ["90d", "How long InfluxDB keeps rows: 90d, 52w; 0 is for ever. Read when the bucket is made."],
  GRAFANA_ADMIN_USERNAME: ["admin", "Name that Grafana is opened with."],
  GRAFANA_ADMIN_PASSWORD: ["", "Its password. Empty: scripts/init_mqtt.sh makes one."],
  ALERT_CHANNEL: ["email", "How Grafana tells of alerts: email or webhook."],
  ALERT_TO: ["operators@localhost", "Whom: addresses with commas between, or the URL of the webhook."],
  ALERT_SMTP: ["", "Mail server, HOST:PORT. Empty: alerts are shown and no mail is sent."],
} satisfies Readonly<Record<string, readonly [fallback: string, doc: string]>>;

/** The part of `.env.example` that is for containers. */
export function stackExample(): string {
  const parts = Object.entries(STACK_VARIABLES).map(([name, [fallback, doc]]) => `# ${doc}\n${name}=${fallback}\n`);
  return `# --- For docker-compose alone ---\n\n${parts.join("\n")}`;
}
