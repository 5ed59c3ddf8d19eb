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
import { isPredecessor } from "./identity.js";
import { type Instance, retentionOf, surroundingsOf } from "./instance.js";

type Claims = ReadonlyMap<number, Claim>;

/**
 * What this instance does of the work of one shared pipeline: its graph, for the partitions that it has leases for. Each
 * pipeline has leases of its own, so that instances need not all run the same ones.
 */
export class Work {
  readonly pipeline: string;
  readonly #instance: Instance;
  readonly #topology: Topology;
  readonly #checkpoints: Checkpoints;
  readonly #generations: Generations<Run>;
  readonly #group: string;
  #ownership: Ownership | undefined;
  /** Takes from the last run what it may do: something of it may still be on its way. */
  #retire: () => void = () => undefined;

  private constructor(instance: Instance, topology: Topology, checkpoints: Checkpoints) {
    const { clock, session, fail } = instance;
    this.pipeline = topology.name;
    this.#instance = instance;
    this.#topology = topology;
    this.#checkpoints = checkpoints;
    this.#group = `${session.settings.CONSUMER_GROUP}-${topology.name}`;
    this.#generations = new Generations({
      group: this.#group,
      open: (owned) => this.#open(owned),
      fail,
      clock,
      log: session.log,
    });
  }

  static async open(instance: Instance, topology: Topology): Promise<Work> {
    const { nats, session } = instance;
    const { CONSUMER_GROUP: group, NATS_REPLICAS: replicas } = session.settings;
    return new Work(instance, topology, await openCheckpoints(nats, { group, pipeline: topology.name, replicas }));
  }

  /** Takes as many partitions as every other member of the group has; work on those that were free has begun then. */
  async join(): Promise<void> {
    const { nats, session, member, clock } = this.#instance;
    this.#ownership = await Ownership.join({
      nats,
      group: this.#group,
      partitions: PARTITIONS,
      member,
      isDead: (other) => isPredecessor(member, other),
      replicas: session.settings.NATS_REPLICAS,
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
    this.#retire();
    const share = this.#shareOf(owned, await this.#claim(owned));
    const run = new Run({
      topologies: [this.#topology],
      resources,
      log,
      live: true,
      share: {
        share,
        spools: join(settings.STATE_DIR, "spool"),
        interval: CHECKPOINT_EVERY,
      },
      ...(letterBox && { letterBox }),
    });
    await run.open();
    return run;
  }

  async #claim(owned: Owned): Promise<Claims> {
    const claim = async ([partition, epoch]: readonly [number, number]): Promise<readonly [number, Claim]> => {
      try {
        return [partition, await this.#checkpoints.claim(partition, epoch)];
      } catch (cause) {
        // We shall hear that it is not ours any more.
        if (cause instanceof FencedError) throw new DisconnectedError(cause.message, { cause });
        throw cause;
      }
    };
    return new Map(await Promise.all([...owned].map(claim)));
  }

  #shareOf(owned: Owned, claims: Claims): Share {
    const { nats, session } = this.#instance;
    const { CONSUMER_GROUP: group, NATS_REPLICAS: replicas } = session.settings;
    const given = surroundingsOf(this.#instance);
    let retired = false;
    this.#retire = () => (retired = true);
    const owns = (partition: number): boolean => {
      const epoch = owned.get(partition);
      return !retired && epoch !== undefined && this.#ownership?.epochOf(partition) === epoch;
    };
    const states = new StatesByPartition({
      pipeline: this.pipeline,
      claims,
      partitions: PARTITIONS,
      owns,
      isFenced: (cause) => cause instanceof FencedError,
      log: session.log,
    });
    return {
      partitions: new Set(owned.keys()),
      owns,
      stream: (name, as) =>
        openSharedStream(nats, { layout: layoutOf(name, PARTITIONS), as, retention: retentionOf(session), ...given }),
      notes: (name) => openSharedNotes(nats, { group, name, partitions: PARTITIONS, replicas, ...given }),
      states: () => Promise.resolve(states),
      touched: (partition) => states.touch(partition),
    };
  }
}
