import { join } from "node:path";
import type { Log } from "../../streams/component/context.js";
import { Tail } from "../../streams/journal/embedded/tail.js";
import { viewEmbeddedStream } from "../../streams/journal/embedded/view.js";
import type { Note, SharedNotes, SharedRead } from "../../streams/journal/shared.js";
import { JournalSyncError, JournalWriteError } from "../../streams/journal/errors.js";
import type { JsonValue } from "../../streams/record/json.js";
import type { Header } from "../../streams/runtime/checkpoint/checkpoint.js";
import { Layout } from "../../streams/runtime/checkpoint/layout.js";
import { leftStates } from "../../streams/runtime/checkpoint/left-states.js";
import type { Share, SharedStates, StateWriter } from "../../streams/runtime/share.js";
import type { Topology } from "../../streams/topology/topology.js";
import type { Link } from "./link.js";
import { type Orders, partitionsOf, type ToWorker } from "./messages.js";
import { isSource } from "./plan.js";

export interface OwnShareOptions {
  readonly orders: Orders;
  readonly topologies: readonly Topology[];
  readonly link: Link;
  /** The folder of the journal. */
  readonly journal: string;
  /** Holds a folder a pipeline. */
  readonly checkpoints: string;
  readonly log: Log;
}

/** The part of the work that is one worker's: it reads the journal from its files, and keeps its own checkpoints. */
export class OwnShare implements Share {
  readonly partitions: ReadonlySet<number>;
  readonly #options: OwnShareOptions;
  readonly #count: number;
  readonly #tails = new Map<string, Tail>();

  constructor(options: OwnShareOptions) {
    const { orders } = options;
    this.#options = options;
    this.#count = Math.max(0, ...Object.values(orders.streams).map(({ ends }) => ends.length));
    this.partitions = partitionsOf(orders, this.#count);
  }

  /** As long as it lives: its partitions are given to nobody else before it has ended. */
  owns(partition: number): boolean {
    return this.partitions.has(partition);
  }

  grown({ stream, written }: Extract<ToWorker, { readonly what: "grown" }>): void {
    this.#tails.get(stream)?.grown(written);
  }

  stream(name: string, as: string): Promise<Tail> {
    const { orders, journal: folder } = this.#options;
    // What lies before a checkpoint is said with the checkpoint.
    const commit = () => Promise.resolve();
    const tail = new Tail({ folder, name, as, partitions: this.#count, ...orders.streams[name]!, commit });
    this.#tails.set(name, tail);
    return Promise.resolve(tail);
  }

  notes(name: string): Promise<SharedNotes> {
    const { orders, journal, link } = this.#options;
    const partitions = this.#count;
    return Promise.resolve({
      partitions,
      begins: () => Promise.resolve(orders.streams[name]!.begins),
      async *read(read: SharedRead): AsyncGenerator<Note> {
        const view = await viewEmbeddedStream(journal, name);
        const reading = { from: { offsets: read.from }, partitions: read.partitions };
        for await (const { elements } of view?.read(reading) ?? [])
          for (const { position, value } of elements)
            if (value !== undefined)
              yield { partition: position.partition, next: position.offset + 1, value: value as JsonValue };
      },
      async append(key: string, value: JsonValue): Promise<number> {
        const answer = await link.ask((id) => ({ what: "note", id, stream: name, key, value }));
        if (answer.what === "noted") return answer.next;
        throw new JournalWriteError(answer.what === "not noted" ? answer.reason : "it was not answered");
      },
    });
  }

  states(pipeline: string): Promise<SharedStates> {
    const { orders, topologies, checkpoints, log } = this.#options;
    const { index, workers } = orders;
    const layout = new Layout(join(checkpoints, pipeline));
    const { nodes } = topologies.find(({ name }) => name === pipeline)!;
    const sources = nodes.filter(isSource).map(({ name }) => name);
    return Promise.resolve({
      load: async () => {
        const parts = await layout.parts({ index, workers });
        return leftStates(parts, this.partitions, { pipeline, sources, count: this.#count, log });
      },
      begin: (header) => this.#begin(layout, header),
    });
  }

  async #begin(layout: Layout, header: Header): Promise<StateWriter> {
    const { orders, link } = this.#options;
    const { pipeline, offsets } = header;
    const files = layout.worker(orders.index, orders.workers);
    // What another number of workers had left may be newer than ours, and count fewer epochs.
    const [newest = 0] = await files.epochs();
    const epoch = Math.max(header.epoch, newest + 1);
    const writer = await files.begin({ ...header, epoch, partitions: [...this.partitions] });
    return {
      line: (value) => writer.line(value),
      get due() {
        return writer.due;
      },
      write: () => writer.write(),
      finish: async () => {
        const answer = await link.ask((id) => ({ what: "sync", id, pipeline }));
        if (answer.what === "not synced") throw new JournalSyncError(answer.reason);
        await writer.finish();
        link.send({ what: "checkpoint", pipeline, offsets });
      },
      abandon: () => writer.abandon(),
    };
  }
}
