import { join } from "node:path";
import { readLately } from "../../connections/nats/lately.js";
import { layoutOf } from "../../connections/nats/layout.js";
import { Ownership } from "../../connections/nats/ownership.js";
import { openSharedStream } from "../../connections/nats/shared-stream.js";
import { Shipper } from "../../connections/nats/shipper.js";
import type { JournalStream } from "../../streams/journal/journal.js";
import { Generations } from "../../streams/runtime/generations.js";
import { PARTITIONS, Run } from "../../streams/runtime/run.js";
import type { Topology } from "../../streams/topology/topology.js";
import { persistenceOf } from "../persistence.js";
import { isPredecessor } from "./identity.js";
import { type Instance, retentionOf, surroundingsOf } from "./instance.js";
import { intakeOf, keptSources } from "./parts.js";
import { ShippedStream } from "./shipped-stream.js";
import { Standstill } from "./standstill.js";

/** How often someone who lost touch looks whether that is over, ms. */
const LOOK = 500;
/** A member that is alive again has looked at the leases after so many ms. */
const LOOKED = 1_500;
/** What was taken in last is sent on for so many ms before a stop. */
const FLUSH = 2_000;

/**
 * The run of the sources holds little, so that its checkpoints cost next to nothing. What came since the last one, in so many
 * ms, is heard once more after a crash.
 */
const CHECKPOINT_EVERY = 2_000;

/** There is one lease a pipeline. */
const LEASE = 0;

interface Shipped {
  readonly name: string;
  readonly stream: JournalStream;
  readonly shipper: Shipper;
  readonly ended: Promise<void>;
}

/**
 * What one instance of all does for one pipeline, whichever has the lease: it reads the sources, keeps what they give in its
 * own journal, acknowledges that, and sends it on to where all can read it. What is in the journal here is sent on in any
 * case, whoever has the lease now. Of a pipeline that cannot be shared the one instance does all the work.
 */
export class Intake {
  readonly pipeline: string;
  readonly #instance: Instance;
  readonly #topology: Topology;
  readonly #shipped: readonly Shipped[];
  readonly #generations: Generations<Run>;
  #ownership: Ownership | undefined;
  readonly #standstill: Standstill;
  /** Since a standstill in which others may have taken the lease, until it is ours anew. */
  #doubtful = false;
  #closed = false;

  private constructor(instance: Instance, topology: Topology, shipped: readonly Shipped[]) {
    const { clock, session, fail } = instance;
    this.#instance = instance;
    this.pipeline = topology.name;
    this.#topology = topology;
    this.#shipped = shipped;
    this.#standstill = new Standstill(clock, () => this.#mayTakeIn());
    this.#generations = new Generations({
      group: groupOf(topology.name),
      open: () => this.#open(),
      fail,
      clock,
      log: session.log,
    });
  }

  /** @param shared whether others work on what the sources give */
  static async open(instance: Instance, topology: Topology, shared: boolean): Promise<Intake> {
    const shipped: Shipped[] = [];
    try {
      if (shared) for (const { name } of keptSources(topology)) shipped.push(await ship(instance, topology.name, name));
      return new Intake(instance, shared ? intakeOf(topology) : topology, shipped);
    } catch (cause) {
      await closeShipped(shipped);
      throw cause;
    }
  }

  /** Takes the lease as soon as nobody else has it; where it is free, reading has begun when this resolves. */
  async join(): Promise<void> {
    const { nats, session, member, clock } = this.#instance;
    this.#ownership = await Ownership.join({
      nats,
      group: groupOf(this.pipeline),
      partitions: 1,
      member,
      isDead: (other) => isPredecessor(member, other),
      replicas: session.settings.NATS_REPLICAS,
      log: session.log,
      clock,
      gained: (partition, epoch) => {
        this.#doubtful = false;
        this.#generations.gained(partition, epoch);
      },
      lost: (partition) => void this.#lost(partition),
      release: (partition) => this.#generations.release(partition),
    });
    await this.#generations.settled();
  }

  /** Undefined where another instance reads. */
  get run(): Run | undefined {
    return this.#generations.current;
  }

  /** Elements in the journal that the server does not have yet. */
  get lag(): number {
    return this.#shipped.reduce((sum, { shipper }) => sum + shipper.lag, 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#standstill.close();
    await this.#ownership?.leave();
    await this.#generations.close();
    const { clock } = this.#instance;
    for (const until = clock.now() + FLUSH; this.lag > 0 && clock.now() < until;) await clock.sleep(10);
    await closeShipped(this.#shipped);
  }

  /**
   * With the server away nobody else can have taken the lease, so reading goes on and the journal grows. It ends once the
   * server is there again and has not given us the lease.
   */
  async #lost(partition: number): Promise<void> {
    const { clock } = this.#instance;
    const ownership = this.#ownership!;
    let alive = 0;
    while (!this.#closed && ownership.epochOf(partition) === undefined) {
      if (alive >= LOOKED) {
        this.#generations.lost(partition);
        return;
      }
      await clock.sleep(LOOK);
      alive = ownership.alive ? alive + LOOK : 0;
    }
  }

  /**
   * Whether what was read may be taken in. A process that stood still finds in its socket what the broker has since handed to
   * the next one: a second time, and late.
   */
  #mayTakeIn(): boolean {
    if (this.#standstill.justOver && this.#ownership && this.#ownership.epochOf(LEASE) === undefined) {
      this.#doubtful = true;
      this.#generations.lost(LEASE);
    }
    return !this.#doubtful;
  }

  async #open(): Promise<Run> {
    const { session, nats, name: except, resources, letterBox } = this.#instance;
    const own = persistenceOf(session);
    const keep = {
      ...own,
      interval: CHECKPOINT_EVERY,
      ...(this.#shipped.length > 0 && {
        elsewhere: (name: string, as: string, span: number) =>
          readLately({ nats, layout: layoutOf(name, PARTITIONS), as, span, except }),
      }),
      checkpoints: join(session.settings.STATE_DIR, "intake"),
      journal: (name: string, as: string, partitions: number) => {
        const shipped = this.#shipped.find((each) => each.name === name);
        if (!shipped) return own.journal(name, as, partitions);
        return Promise.resolve(new ShippedStream(shipped.stream, shipped.shipper, () => this.#mayTakeIn()));
      },
    };
    const run = new Run({
      topologies: [this.#topology],
      resources,
      log: session.log,
      live: true,
      keep,
      ...(letterBox && { letterBox }),
    });
    await run.open();
    return run;
  }
}

/** Not by CONSUMER_GROUP: what is read once is there for all groups. */
function groupOf(pipeline: string): string {
  return `intake-${pipeline}`;
}

async function ship(instance: Instance, pipeline: string, source: string): Promise<Shipped> {
  const { session, nats, letterBox, name: origin, fail } = instance;
  const name = `${pipeline}.${source}`;
  const given = surroundingsOf(instance);
  const layout = layoutOf(name, PARTITIONS);
  const stream = await persistenceOf(session).journal(name, source, PARTITIONS);
  try {
    await openSharedStream(nats, { layout, as: source, retention: retentionOf(session), ...given });
  } catch (cause) {
    await stream.close();
    throw cause;
  }
  const shipper = new Shipper({
    ...given,
    nats,
    layout,
    journal: stream,
    origin,
    refused({ element: { key, eventTime, position }, text }, reason) {
      letterBox?.add({ pipeline, node: source, reason, key, position, eventTime, payload: text });
    },
  });
  return { name, stream, shipper, ended: shipper.run().catch(fail) };
}

async function closeShipped(shipped: readonly Shipped[]): Promise<void> {
  for (const { stream, shipper, ended } of shipped) {
    shipper.stop();
    await ended;
    await stream.close();
  }
}
