import { ConfigError } from "../../streams/component/errors.js";

const PREFIX = "layerstream";
/** What may stand in a subject, in a stream's name and in a key of a bucket alike. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * A stream on the server, by the stream of ours that it holds. Each partition of each instance that takes records in has
 * a subject of its own, `layerstream.<stream>.<partition>.<origin>`: the server knows the last message of each subject,
 * so an instance can ask how far it has come.
 */
export interface Layout {
  readonly stream: string;
  readonly partitions: number;
  /** The name on the server, `layerstream-sensors`. */
  readonly name: string;
  /** All that the stream holds. */
  readonly everything: string;
  /** One partition, of all origins. */
  partition(partition: number): string;
  subject(partition: number, origin: string): string;
}

export function layoutOf(stream: string, partitions: number): Layout {
  checkName("stream", stream);
  const prefix = `${PREFIX}.${stream}`;
  return {
    stream,
    partitions,
    name: `${PREFIX}-${stream}`,
    everything: `${prefix}.*.*`,
    partition: (partition) => `${prefix}.${partition}.*`,
    subject: (partition, origin) => `${prefix}.${partition}.${origin}`,
  };
}

/** Throws ConfigError for a name that cannot stand in a subject. */
export function checkName(what: string, name: string): void {
  if (NAME.test(name)) return;
  throw new ConfigError(`${what} "${name}" cannot be kept on NATS: use up to 64 letters, digits, "_" and "-"`);
}
