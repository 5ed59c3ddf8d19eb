import { ConfigError } from "../../streams/component/errors.js";

/** Where the servers are and who we are to them, as settings give it. */
export interface NatsLogin {
  /** `nats://HOST:4222` or `tls://HOST:4222`; several of one cluster with commas between. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** The text of a credentials file (JWT and seed). */
  readonly credentials?: string;
  /** PEM text of the authority that signed the server's certificate. */
  readonly ca?: string;
}

/** The same, checked. */
export interface NatsAddress {
  /** Without secrets: `nats://127.0.0.1:4222`. */
  readonly url: string;
  readonly servers: readonly string[];
  readonly secure: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly credentials?: string;
  readonly ca?: string;
}

const ALLOWED = "write nats://HOST:4222 or tls://HOST:4222, and commas between the servers of one cluster";

/** Checks what can be checked without a connection. A user and password inside the URL come before the others. */
export function parseNatsAddress({ url, username, password, credentials, ca }: NatsLogin): NatsAddress {
  const parsed = url.split(",").map((one) => parseUrl(one.trim()));
  const secure = parsed.some(({ protocol }) => protocol === "tls:");
  if (ca !== undefined && !secure)
    throw new ConfigError("NATS_CA needs a secure connection; begin NATS_URL with tls://");
  const inside = parsed.find((one) => one.username !== "");
  const user = inside ? decodeURIComponent(inside.username) : username;
  const secret = inside ? decodeURIComponent(inside.password) : password;
  if ((user ?? "") === "" && (secret ?? "") !== "") {
    throw new ConfigError("NATS_PASSWORD stands alone; set NATS_USERNAME too");
  }
  return {
    url: parsed.map(({ protocol, hostname, port }) => `${protocol}//${hostname}:${port || "4222"}`).join(","),
    servers: parsed.map(({ hostname, port }) => `${hostname}:${port || "4222"}`),
    secure,
    ...(user && { username: user }),
    ...(secret && { password: secret }),
    ...(credentials !== undefined && { credentials }),
    ...(ca !== undefined && { ca }),
  };
}

function parseUrl(text: string): URL {
  // What stands before an @ may be a password.
  const shown = text.replace(/\/\/[^@]*@/, "//…@");
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol !== "nats:" && parsed?.protocol !== "tls:") {
    throw new ConfigError(`NATS_URL "${shown}" is not an address: ${ALLOWED}`);
  }
  if (parsed.hostname === "") throw new ConfigError(`NATS_URL "${shown}" names no host: ${ALLOWED}`);
  return parsed;
}
