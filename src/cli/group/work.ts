import { join } from "node:path";
import { type Checkpoints, type Claim, FencedError, openCheckpoints } from "../../connections/nats/checkpoints.js";
import { layoutOf } from "../../connections/nats/layout.js";
import { openSharedNotes } from "../../connections/nats/notes.js";
import { Ownership } from "../../connections/nats/ownership.js";
import { openSharedStream } from "../../connections/nats/shared-stream.js";
import { DisconnectedError } from "../../streams/component/errors.js";
import { StatesByPartition } from "../../streams/runtime/checkpoint/by-partition.js";
import { Generations, type Owned } from "../../streams/runtime/generations.js";
import { PARTITIONS, Run } from "../../streams/runtime/run.js";
import type { Share } from "../../streams/runtime/share.js";
import type { Topology } from "../../streams/topology/topology.js";
import { CHECKPOINT_EVERY } from "../persistence.js";
import { type Instance, retentionOf, surroundingsOf } from "./instance.js";

type Claims = ReadonlyMap<number, Claim>;

/** What this instance does of the work of shared pipelines: their graphs, for the partitions that it has leases for. */
export class Work {
  readonly #instance: Instance;
  readonly #topologies: readonly Topology[];
  readonly #checkpoints: ReadonlyMap<string, Checkpoints>;
  readonly #generations: Generations<Run>;
  #ownership: Ownership | undefined;

  private constructor(
    instance: Instance,
    topologies: readonly Topology[],
    checkpoints: ReadonlyMap<string, Checkpoints>,
  ) {
    const { clock, session, fail } = instance;
    this.#instance = instance;
    this.#topologies = topologies;
    this.#checkpoints = checkpoints;
    this.#generations = new Generations({
      group: session.settings.CONSUMER_GROUP,
      open: (owned) => this.#open(owned),
      fail,
      clock,
      log: session.log,
    });
  }

  static async open(instance: Instance, topologies: readonly Topology[]): Promise<Work> {
    const { nats, session } = instance;
    const { CONSUMER_GROUP: group, NATS_REPLICAS: replicas } = session.settings;
    const checkpoints = new Map<string, Checkpoints>();
    for (const { name: pipeline } of topologies)
      checkpoints.set(pipeline, await openCheckpoints(nats, { group, pipeline, replicas }));
    return new Work(instance, topologies, checkpoints);
  }

  /** Takes as many partitions as every other member of the group has; work on those that were free has begun then. */
  async join(): Promise<void> {
    const { nats, session, member, clock } = this.#instance;
    const { CONSUMER_GROUP: group, NATS_REPLICAS: replicas } = session.settings;
    this.#ownership = await Ownership.join({
      nats,
      group,
      partitions: PARTITIONS,
      member,
      replicas,
      log: session.log,
      clock,
      gained: (partition, epoch) => this.#generations.gained(partition, epoch),
      lost: (partition) => this.#generations.lost(partition),
      release: (partition) => this.#generations.release(partition),
    });
    await this.#generations.settled();
  }

  /** Undefined between two runs, and while no partition is ours. */
  get run(): Run | undefined {
    return this.#generations.current;
  }

  async close(): Promise<void> {
    await this.#ownership?.leave();
    await this.#generations.close();
  }

  async #open(owned: Owned): Promise<Run> {
    const { session, resources, letterBox } = this.#instance;
    const { settings, log } = session;
    const claims = new Map<string, Claims>();
    for (const { name } of this.#topologies) claims.set(name, await this.#claim(name, owned));
    const run = new Run({
      topologies: this.#topologies,
      resources,
      log,
      live: true,
      share: {
        share: this.#shareOf(owned, claims),
        spools: join(settings.STATE_DIR, "spool"),
        interval: CHECKPOINT_EVERY,
      },
      ...(letterBox && { letterBox }),
    });
    await run.open();
    return run;
  }

  async #claim(pipeline: string, owned: Owned): Promise<Claims> {
    const checkpoints = this.#checkpoints.get(pipeline)!;
    const claim = async ([partition, epoch]: readonly [number, number]): Promise<readonly [number, Claim]> => {
      try {
        return [partition, await checkpoints.claim(partition, epoch)];
      } catch (cause) {
        // We shall hear that it is not ours any more.
        if (cause instanceof FencedError) throw new DisconnectedError(cause.message, { cause });
        throw cause;
      }
    };
    return new Map(await Promise.all([...owned].map(claim)));
  }

  #shareOf(owned: Owned, claims: ReadonlyMap<string, Claims>): Share {
    const { nats, session } = this.#instance;
    const { CONSUMER_GROUP: group, NATS_REPLICAS: replicas } = session.settings;
    const given = surroundingsOf(this.#instance);
    const owns = (partition: number): boolean => {
      const epoch = owned.get(partition);
      return epoch !== undefined && this.#ownership?.epochOf(partition) === epoch;
    };
    return {
      partitions: new Set(owned.keys()),
      owns,
      stream: (name, as) =>
        openSharedStream(nats, { layout: layoutOf(name, PARTITIONS), as, retention: retentionOf(session), ...given }),
      notes: (name) => openSharedNotes(nats, { group, name, partitions: PARTITIONS, replicas, ...given }),
      states: (pipeline) =>
        Promise.resolve(
          new StatesByPartition({
            pipeline,
            claims: claims.get(pipeline)!,
            partitions: PARTITIONS,
            owns,
            isFenced: (cause) => cause instanceof FencedError,
            log: session.log,
          }),
        ),
    };
  }
}
