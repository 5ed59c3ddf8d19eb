import { ConfigError, messageOf } from "../../streams/component/errors.js";
import type { Address } from "./address.js";

/** Return codes of MQTT 3.1.1 (below 128) and reason codes of MQTT 5. */
const PROTOCOL_VERSION: ReadonlySet<unknown> = new Set([1, 132]);
const CLIENT_ID: ReadonlySet<unknown> = new Set([2, 133]);
const LOGIN: ReadonlySet<unknown> = new Set([4, 5, 134, 135, 138, 140]);
const NOT_AUTHORISED = 135;
const QUOTA_EXCEEDED = 151;

/** What Node calls certificates that it does not trust, and a server that does not trust ours. */
const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT|ERR_SSL_\w*(CERTIFICATE|UNKNOWN_CA)\w*$)/;

const PLAIN: Readonly<Record<string, string>> = {
  ENOTFOUND: "unknown host",
  EAI_AGAIN: "unknown host, or no name server answers",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  ETIMEDOUT: "no answer",
  EHOSTUNREACH: "no route to the host",
};

function codeOf(cause: unknown): unknown {
  return (cause as { code?: unknown } | undefined)?.code;
}

/** True where the broker does not speak the version of MQTT that it was spoken to in. */
export function isVersionRefused(cause: unknown): boolean {
  return PROTOCOL_VERSION.has(codeOf(cause));
}

/** What the user has to mend before any attempt can succeed; undefined for trouble that may pass. */
export function refusalOf(cause: unknown, { url, username }: Address): ConfigError | undefined {
  const code = codeOf(cause);
  if (LOGIN.has(code))
    return new ConfigError(
      `the broker at ${url} refuses the login of "${username ?? ""}" (${messageOf(cause)}): check MQTT_USERNAME and MQTT_PASSWORD`,
      { cause },
    );
  if (CLIENT_ID.has(code))
    return new ConfigError(`the broker at ${url} refuses our client id (${messageOf(cause)}): shorten the session`, {
      cause,
    });
  if (typeof code === "string" && CERTIFICATE.test(code))
    return new ConfigError(
      `no trust between us and the broker at ${url} (${messageOf(cause)}): set MQTT_CA to the certificate of its authority, ` +
        "and MQTT_CERT and MQTT_KEY where it wants ours",
      { cause },
    );
  return undefined;
}

/** One line that says why a connection failed or ended. */
export function reasonText(cause: unknown): string {
  if (cause === undefined) return "the broker closed the connection";
  const code = codeOf(cause);
  if (typeof code === "string" && code in PLAIN) return PLAIN[code]!;
  return messageOf(cause) || String(code);
}

/** True where the broker will take the same message later. */
export function mayPass(cause: unknown): boolean {
  const code = codeOf(cause);
  return typeof code !== "number" || code === QUOTA_EXCEEDED;
}

/** Why a topic may not be written to or read from, and how to mend it. */
export function refusedTopic(
  cause: unknown,
  verb: "publish to" | "subscribe to",
  topic: string,
  address: Address,
): string {
  const mend = codeOf(cause) === NOT_AUTHORISED ? `; allow it to "${address.username ?? ""}" in the broker` : "";
  return `the broker at ${address.url} lets us not ${verb} ${topic} (${messageOf(cause)})${mend}`;
}
