import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

/** Bytes that still go in, so that nothing which is on its way makes room for itself by pushing out the oldest. */
const ROOM = 256 * 1024;

/** Lets no stream of a nats-server take more than it has, but for buckets. Resolves with what takes that back. */
export async function fillStreams(url: string): Promise<() => Promise<void>> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  const streams = (await manager.streams.list().next()).filter(({ config }) => !config.name.startsWith("KV_"));
  for (const { config, state } of streams) await manager.streams.update(config.name, { max_bytes: state.bytes + ROOM });
  return async () => {
    for (const { config } of streams) await manager.streams.update(config.name, { max_bytes: config.max_bytes });
    await connection.close();
  };
}
