import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { ConfigError, DisconnectedError } from "../../streams/component/errors.js";
import { type Layout, layoutOf } from "./layout.js";
import type { Nats } from "./open.js";

const NS_A_MS = 1_000_000;
/** The servers of a cluster are not agreed yet on who leads. */
const UNAVAILABLE = 503;
/** What `identityOf` writes. */
const DESCRIPTION = /^Layerstream, stream (\S+), (\d+) partitions, format 1$/;
/** Changes with everything that an older reader could not read. */
const FORMAT = 1;

export interface Retention {
  /** Messages older than this go, ms. */
  readonly maxAge: number;
  /** At most so many bytes; beyond that the server takes no more until older ones have gone. 0: no limit. */
  readonly maxBytes: number;
  /** Servers of the cluster that keep each message: 1, 3 or 5. */
  readonly replicas: number;
}

/**
 * Makes the stream where there is none, and gives it this retention where it has another. Throws ConfigError for a stream
 * of that name that is not ours, has another number of partitions, or came out otherwise than asked for.
 */
export async function openStream(nats: Nats, layout: Layout, retention: Retention): Promise<void> {
  const wanted = configOf(layout, retention);
  const found = await configNow(nats, layout.name);
  if (found === undefined) {
    check(
      layout,
      wanted,
      await refusable(
        layout,
        nats.streams.streams.add(wanted).then((info) => info.config),
      ),
    );
    return;
  }
  check(layout, identityOf(layout), found);
  if (differences(wanted, found).length > 0) {
    check(
      layout,
      wanted,
      await refusable(
        layout,
        nats.streams.streams.update(layout.name, wanted).then((i) => i.config),
      ),
    );
  }
}

/** The streams of ours that are on the server, by their names, with their partitions. */
export async function streamsOf(nats: Nats): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for await (const { config } of nats.streams.streams.list()) {
    const [, stream, partitions] = DESCRIPTION.exec(config.description ?? "") ?? [];
    if (stream !== undefined && config.name === layoutOf(stream, 1).name) found.set(stream, Number(partitions));
  }
  return found;
}

type Wanted = Partial<StreamConfig> & { readonly name: string };

/** What a stream is and can never become another. */
function identityOf({ name, stream, partitions, everything }: Layout): Wanted {
  return {
    name,
    // Servers before 2.10 let go of `metadata` without a word.
    description: `Layerstream, stream ${stream}, ${partitions} partitions, format ${FORMAT}`,
    subjects: [everything],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_msgs_per_subject: -1,
  };
}

function configOf(layout: Layout, { maxAge, maxBytes, replicas }: Retention): Wanted {
  return {
    ...identityOf(layout),
    max_age: maxAge * NS_A_MS,
    max_bytes: maxBytes > 0 ? maxBytes : -1,
    // Full: our publishing fails and the local journal grows. The other policy would drop what nobody has read yet.
    discard: DiscardPolicy.New,
    num_replicas: replicas,
  };
}

async function configNow(nats: Nats, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await nats.streams.streams.info(name)).config;
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw cause;
  }
}

/** An answer of the server that it will not; that it is away is another matter. */
async function refusable(layout: Layout, answer: Promise<StreamConfig>): Promise<StreamConfig> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError)) throw cause;
    if (cause.status === UNAVAILABLE) throw new DisconnectedError(`nats-server: ${cause.message}`, { cause });
    throw new ConfigError(`nats-server refuses the stream "${layout.name}": ${cause.message}`, { cause });
  }
}

/** A server leaves out what it does not know and says nothing, so what comes back is held against what was sent. */
function check(layout: Layout, wanted: Wanted, found: StreamConfig): void {
  const [first] = differences(wanted, found);
  if (first === undefined) return;
  throw new ConfigError(
    `stream "${layout.name}" on the nats-server has ${first.field} ${JSON.stringify(first.found)} where ` +
      `${JSON.stringify(first.wanted)} is needed; delete it there, or give this stream another name`,
  );
}

function differences(wanted: Wanted, found: StreamConfig): { field: string; wanted: unknown; found: unknown }[] {
  return Object.entries(wanted)
    .map(([field, value]) => ({
      field,
      wanted: value,
      found: found[field as keyof StreamConfig],
    }))
    .filter((one) => JSON.stringify(one.wanted) !== JSON.stringify(one.found));
}
