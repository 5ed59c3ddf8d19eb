import { ConfigError } from "../../streams/component/errors.js";

const PREFIX = "layerstream";
const NOTES = "layerstream_notes";
/** What may stand in a subject, in a stream's name and in a key of a bucket alike. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** `PIPELINE.NODE`, or one name alone. No "_" stands before the dot. */
const STREAM = /^([A-Za-z0-9-]{1,64})(?:\.([A-Za-z0-9_-]{1,64}))?$/;

/**
 * A stream on the server, by the stream of ours that it holds. Each partition of each instance that takes records in has
 * a subject of its own, `layerstream.<stream>.<partition>.<origin>`: the server knows the last message of each subject,
 * so an instance can ask how far it has come.
 */
export interface Layout {
  /** `quality.sensors` */
  readonly stream: string;
  readonly partitions: number;
  /** The name on the server, `layerstream-quality_sensors`. */
  readonly name: string;
  /** All that the stream holds. */
  readonly everything: string;
  /** One partition, of all origins. */
  partition(partition: number): string;
  subject(partition: number, origin: string): string;
}

/** Throws ConfigError for a stream whose name cannot be kept on NATS. */
export function layoutOf(stream: string, partitions: number): Layout {
  const token = tokenOf(stream);
  const prefix = `${PREFIX}.${token}`;
  return {
    stream,
    partitions,
    name: `${PREFIX}-${token}`,
    everything: `${prefix}.*.*`,
    partition: (partition) => `${prefix}.${partition}.*`,
    subject: (partition, origin) => `${prefix}.${partition}.${origin}`,
  };
}

/**
 * The notes that a group has of a stream of ours: one subject a partition, `layerstream_notes.<group>.<stream>.<partition>`.
 * Throws ConfigError for a name that cannot be kept on NATS.
 */
export function notesLayoutOf(group: string, stream: string, partitions: number): Layout {
  checkName("group", group);
  const token = tokenOf(stream);
  const prefix = `${NOTES}.${group}.${token}`;
  return {
    stream,
    partitions,
    // Neither of them can have this sign.
    name: `${NOTES}-${group}=${token}`,
    everything: `${prefix}.*`,
    partition: (partition) => `${prefix}.${partition}`,
    subject: (partition) => `${prefix}.${partition}`,
  };
}

/**
 * The name of a stream of ours as one token of a subject, where a dot would end it: `quality_sensors` for
 * `quality.sensors`. The first "_" stands for the dot, so no two streams become the same. Throws ConfigError.
 */
export function tokenOf(stream: string): string {
  const [, pipeline, node] = STREAM.exec(stream) ?? [];
  if (pipeline !== undefined) return node === undefined ? pipeline : `${pipeline}_${node}`;
  throw new ConfigError(
    `stream "${stream}" cannot be kept on NATS: use up to 64 letters, digits and "-" for the pipeline and up to 64 letters, ` +
      'digits, "_" and "-" for the node',
  );
}

/** Throws ConfigError for a name that cannot stand in a subject. */
export function checkName(what: string, name: string): void {
  if (NAME.test(name)) return;
  throw new ConfigError(`${what} "${name}" cannot be kept on NATS: use up to 64 letters, digits, "_" and "-"`);
}
