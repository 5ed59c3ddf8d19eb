import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { Log } from "../../component/context.js";
import { ConfigError } from "../../component/errors.js";
import { partitionOf } from "../../record/partition.js";
import type { LeftState, SharedStates, StateWriter } from "../share.js";
import { type Entry, type Header, type OwnEntry, VERSION } from "./checkpoint.js";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
/** Fastest: state goes over the network every few seconds. */
const LEVEL = 1;
/** So many are on their way at once. */
const AT_ONCE = 32;

/** Where the state of one partition is kept, in our hands. */
export interface PartitionClaim {
  /** What the owner before left. */
  readonly state: Uint8Array | undefined;
  /** Rejects where the partition is not ours any more (`isFenced`), and where it could not be kept. */
  save(state: Uint8Array): Promise<void>;
}

export interface StatesByPartitionOptions {
  readonly pipeline: string;
  /** Our partitions. */
  readonly claims: ReadonlyMap<number, PartitionClaim>;
  /** How many there are in all. */
  readonly partitions: number;
  /** Whether a partition is still ours, as far as we know. */
  readonly owns: (partition: number) => boolean;
  /** Whether a save failed because someone else has the partition. */
  readonly isFenced: (cause: unknown) => boolean;
  readonly log: Log;
}

/** Checkpoints that are kept partition by partition, so that each can go on elsewhere: text as in a file, compressed. */
export class StatesByPartition implements SharedStates {
  readonly #options: StatesByPartitionOptions;
  /** Where each partition stood when it was saved last. Nothing moves its state but what comes in it. */
  readonly #saved = new Map<number, string>();

  constructor(options: StatesByPartitionOptions) {
    this.#options = options;
  }

  /** Something changed this partition's state besides what came in it. */
  touch(partition: number): void {
    this.#saved.delete(partition);
  }

  async load(): Promise<readonly LeftState[]> {
    const left: LeftState[] = [];
    for (const [partition, { state }] of this.#options.claims) {
      if (!state) continue;
      const [first = "", ...lines] = (await inflate(state)).toString().trimEnd().split("\n");
      const header = JSON.parse(first) as Header;
      this.#check(header, partition);
      this.#saved.set(partition, placeOf(header, partition));
      left.push({
        header,
        partitions: new Set([partition]),
        // eslint-disable-next-line @typescript-eslint/require-await -- others read from a disk
        entries: async function* () {
          for (const line of lines) yield JSON.parse(line) as Entry | OwnEntry;
        },
      });
    }
    return left;
  }

  begin(header: Header): Promise<StateWriter> {
    const { claims, partitions } = this.#options;
    const begun = new Map([...claims.keys()].map((partition) => [partition, `${JSON.stringify(header)}\n`]));
    const add = (partition: number, line: string): void => {
      const text = begun.get(partition);
      if (text !== undefined) begun.set(partition, `${text}${line}\n`);
    };
    return Promise.resolve({
      due: false,
      line: (entry) => {
        const line = JSON.stringify(entry);
        if (entry.length === 2) for (const partition of begun.keys()) add(partition, line);
        else add(partitionOf(entry[2], partitions), line);
      },
      write: () => Promise.resolve(),
      finish: () => this.#save(header, [...begun]),
      abandon: () => Promise.resolve(),
    });
  }

  async #save(header: Header, texts: [partition: number, text: string][]): Promise<void> {
    const save = async (): Promise<void> => {
      try {
        for (let next = texts.pop(); next; next = texts.pop()) await this.#saveOne(header, ...next);
      } catch (cause) {
        // Where one is not taken, the others would wait for an answer in vain, one after the other.
        texts.length = 0;
        throw cause;
      }
    };
    // A failure of one must not leave others on their way: the next checkpoint would run into them.
    const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, save));
    for (const outcome of done) if (outcome.status === "rejected") throw outcome.reason;
  }

  async #saveOne(header: Header, partition: number, text: string): Promise<void> {
    const { claims, owns, isFenced, log, pipeline } = this.#options;
    const place = placeOf(header, partition);
    if (this.#saved.get(partition) === place || !owns(partition)) return;
    try {
      await claims.get(partition)!.save(await deflate(text, { level: LEVEL }));
      this.#saved.set(partition, place);
    } catch (cause) {
      if (!isFenced(cause)) throw cause;
      log.info("what was done for a partition is not kept, someone else has it", { pipeline, partition });
    }
  }

  #check({ version }: Header, partition: number): void {
    if (version === VERSION) return;
    throw new ConfigError(
      `the state of partition ${partition} of "${this.#options.pipeline}" is of version ${version}, and this program reads ` +
        `${VERSION}; start the program that wrote it, or choose another CONSUMER_GROUP`,
    );
  }
}

/** How far a checkpoint has come in a partition. */
function placeOf({ offsets }: Header, partition: number): string {
  return JSON.stringify(Object.entries(offsets).map(([node, each]) => [node, each[partition]]));
}
