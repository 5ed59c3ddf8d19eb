import { createSecureContext } from "node:tls";
import { ConfigError, messageOf } from "../../streams/component/errors.js";

const PORTS: Readonly<Record<string, number>> = { "mqtt:": 1883, "mqtts:": 8883, "ws:": 80, "wss:": 443 };
const SECURE: ReadonlySet<string> = new Set(["mqtts:", "wss:"]);

/** Certificates as PEM text. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Login {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Tls;
}

/** Where a broker is and who we are to it, checked. */
export interface Address {
  /** Without secrets, port included: `mqtt://127.0.0.1:1883`. */
  readonly url: string;
  readonly secure: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Tls;
}

/** Checks what can be checked without a connection. A user and password inside the URL come before the others. */
export function parseAddress({ url, username, password, tls }: Login): Address {
  const parsed = parseUrl(url);
  const secure = SECURE.has(parsed.protocol);
  const given = tls && (tls.ca ?? tls.cert ?? tls.key) !== undefined ? tls : undefined;
  if (given) checkTls(given, secure, parsed.protocol);
  const user = decodeURIComponent(parsed.username) || username;
  const secret = decodeURIComponent(parsed.password) || password;
  const path = parsed.protocol.startsWith("ws") ? parsed.pathname + parsed.search : "";
  return {
    url: `${parsed.protocol}//${parsed.hostname}:${parsed.port || PORTS[parsed.protocol]!}${path}`,
    secure,
    ...(user && { username: user }),
    ...(secret && { password: secret }),
    ...(given && { tls: given }),
  };
}

function parseUrl(url: string): URL {
  const allowed = "write mqtt://HOST:1883, mqtts://HOST:8883, ws://HOST/PATH or wss://HOST/PATH";
  // What stands before an @ may be a password.
  const shown = url.replace(/\/\/[^@]*@/, "//…@");
  if (!/^[a-z]+:\/\//i.test(url)) throw new ConfigError(`MQTT_URL "${shown}" has no protocol: ${allowed}`);
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new ConfigError(`MQTT_URL "${shown}" is not an address: ${allowed}`);
  }
  if (!(parsed.protocol in PORTS))
    throw new ConfigError(`MQTT_URL "${shown}": unknown protocol "${parsed.protocol.slice(0, -1)}"; ${allowed}`);
  if (parsed.hostname === "") throw new ConfigError(`MQTT_URL "${shown}" names no host: ${allowed}`);
  return parsed;
}

function checkTls(tls: Tls, secure: boolean, protocol: string): void {
  if (!secure)
    throw new ConfigError(
      `MQTT_CA, MQTT_CERT and MQTT_KEY need a secure connection, but MQTT_URL begins with ${protocol}//; write mqtts:// or wss://`,
    );
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw new ConfigError("MQTT_CERT and MQTT_KEY belong together: set both or neither");
  for (const [variable, options] of [
    ["MQTT_CA", { ca: tls.ca }],
    ["MQTT_CERT or MQTT_KEY", { cert: tls.cert, key: tls.key }],
  ] as const) {
    try {
      createSecureContext(options);
    } catch (cause) {
      throw new ConfigError(`${variable} is not valid PEM (${messageOf(cause)})`, { cause });
    }
  }
}
