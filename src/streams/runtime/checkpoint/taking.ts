import { setImmediate } from "node:timers/promises";
import type { Stateful } from "../../component/definition.js";
import type { Offsets } from "../../journal/journal.js";
import type { Cancel, Clock } from "../../time/clock.js";
import type { Cut } from "../../time/cut.js";
import type { StateWriter } from "../share.js";
import type { OwnEntry } from "./checkpoint.js";

/** A sink whose other side does not take what is before a barrier within so many ms puts it on disk. */
const PATIENCE = 2_000;

/** A sink. */
export interface Outlet {
  readonly name: string;
  /** Puts on disk what its other side does not take, where it has one. */
  spill(): void;
  /** Resolves when what it has written here survives a power cut. */
  sync(): Promise<void>;
}

export interface TakingOptions {
  readonly epoch: number;
  /** Every node that the barrier has to pass. */
  readonly nodes: Iterable<string>;
  readonly outlets: readonly Outlet[];
  readonly clock: Clock;
}

/** A checkpoint in the making: what the nodes held as the barrier passed them, and up to where the sources had come. */
export class Taking {
  readonly epoch: number;
  /** Processing time, ms. */
  readonly began: number;
  /** By source, and by sink that notes what it does. */
  readonly offsets = new Map<string, Offsets>();
  /** Resolves when it is over, whatever became of it. */
  readonly done: Promise<void>;
  readonly #cuts: { readonly node: string; readonly state: string; readonly cut: Cut }[] = [];
  readonly #own: OwnEntry[] = [];
  /** Nodes that the barrier has not passed. */
  readonly #awaited: Set<string>;
  readonly #cancelPatience: Cancel;
  #finish = (): void => {};

  constructor({ epoch, nodes, outlets, clock }: TakingOptions) {
    this.epoch = epoch;
    this.began = clock.now();
    this.#awaited = new Set(nodes);
    this.#cancelPatience = clock.after(PATIENCE, () => {
      for (const outlet of outlets) if (this.#awaited.has(outlet.name)) outlet.spill();
    });
    this.done = new Promise((resolve) => (this.#finish = resolve));
  }

  /** How many states of nodes are in it. */
  get states(): number {
    return this.#cuts.length;
  }

  /** Takes what a node holds at this moment. True when the barrier has passed all of them. */
  passed(node: string, { state = {}, ownState }: Stateful): boolean {
    for (const [name, keyed] of Object.entries(state)) this.#cuts.push({ node, state: name, cut: keyed.cut() });
    if (ownState) this.#own.push([node, ownState.save()]);
    this.#awaited.delete(node);
    return this.#awaited.size === 0;
  }

  /**
   * Writes it down, all but its end, piece by piece between batches. Resolves with how many ms of the thread that took.
   * @param turn gives way to the stream after so many ms
   */
  async write(writer: StateWriter, turn: number): Promise<number> {
    for (const entry of this.#own) writer.line(entry);
    let spent = 0;
    let began = performance.now();
    for (const { node, state, cut } of this.#cuts) {
      for (let entry = cut.pull(); entry; entry = cut.pull()) {
        writer.line([node, state, ...entry]);
        const now = performance.now();
        if (now - began < turn) continue;
        spent += now - began;
        if (writer.due) await writer.write();
        await setImmediate();
        began = performance.now();
      }
    }
    return spent + performance.now() - began;
  }

  /** Lets go of what it holds. */
  release(): void {
    this.#cancelPatience();
    for (const { cut } of this.#cuts) cut.abandon();
    this.#finish();
  }
}
