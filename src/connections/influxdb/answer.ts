import { HttpError } from "@influxdata/influxdb-client";
import { messageOf } from "../../streams/component/errors.js";

/** What became of a request, in the words that decide what to do next. */
export type Answer =
  | { readonly is: "taken" }
  /** Something in the lines is wrong and always will be; which line, it does not say in a way that all servers share. */
  | { readonly is: "refused"; readonly reason: string }
  /** The same lines, fewer at a time. */
  | { readonly is: "too-large"; readonly reason: string }
  /** The server is there and lets us in nowhere: token, bucket or organisation are wrong. */
  | { readonly is: "forbidden"; readonly reason: string }
  /** Down, overloaded, out of reach, or not what we think it is. Time may mend it: `retryAfter` ms where it says so. */
  | { readonly is: "away"; readonly reason: string; readonly retryAfter?: number };

/** The settings that a refused request points at. */
export interface Named {
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
}

/** Reads what the client threw. A status that nobody expects counts as away: the rows are kept and tried again. */
export function readFailure(cause: unknown, { url, org, bucket }: Named): Answer {
  if (!(cause instanceof HttpError)) return { is: "away", reason: reasonOf(cause) };
  const said = cause.message.trim().slice(0, 500);
  switch (cause.statusCode) {
    case 400:
    case 422:
      return { is: "refused", reason: said };
    case 413:
      return { is: "too-large", reason: said };
    case 401:
      return { is: "forbidden", reason: `it does not know the token; set INFLUXDB_TOKEN (${said})` };
    case 403:
      return {
        is: "forbidden",
        reason: `the token may not write to bucket "${bucket}"; give it write access, or set another INFLUXDB_TOKEN (${said})`,
      };
    case 404:
      return {
        is: "forbidden",
        reason:
          `no bucket "${bucket}" in organisation "${org}" at ${url}; ` +
          `create it, or set INFLUXDB_BUCKET, INFLUXDB_ORG or INFLUXDB_URL (${said})`,
      };
    default:
      return { is: "away", reason: `status ${cause.statusCode}: ${said}`, retryAfter: cause.retryAfter() * 1000 };
  }
}

/** Node reports a host that answers on no address as an AggregateError without a message. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join("; ");
  return messageOf(cause);
}
