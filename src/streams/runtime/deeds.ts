import type { Deeds, Log } from "../component/context.js";
import { messageOf } from "../component/errors.js";
import type { JournalStream, Offsets } from "../journal/journal.js";
import type { JsonValue } from "../record/json.js";
import { Positions } from "../record/partition.js";
import type { Clock } from "../time/clock.js";
import { GROUP, type Notes } from "./checkpoint/checkpointer.js";

/** How a deed stands in its stream. */
export interface Noted {
  readonly id: string;
  readonly deed: JsonValue;
}

/** Deeds of one node of a run that can be gone on with. */
export interface NodeDeeds extends Deeds {
  /** The first that is kept of each partition. */
  begins(): Offsets | Promise<Offsets>;
  /** Remembers what was noted from these offsets on; undefined: all that is there. */
  load(from?: Offsets): Promise<Notes>;
  close(): Promise<void>;
}

/** Deeds in a stream of the journal: what came behind the last checkpoint is remembered, the rest is in the state of the sink. */
export class KeptDeeds implements NodeDeeds {
  readonly #stream: JournalStream;
  readonly #positions: Positions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #before = new Map<string, JsonValue>();

  constructor(stream: JournalStream, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#stream = stream;
    this.#positions = new Positions(stream.name, stream.partitions, stream.ends());
    this.#clock = clock;
    this.#log = log;
  }

  begins(): Offsets {
    return this.#stream.begins();
  }

  async load(from = this.begins()): Promise<Notes> {
    for await (const { elements } of this.#stream.read({ from: { offsets: from } }))
      for (const { value } of elements) {
        const { id, deed } = value as Noted;
        this.#before.set(id, deed);
      }
    return {
      from,
      ends: () => this.#stream.ends(),
      commit: (offsets) => this.#stream.commit(GROUP, offsets),
    };
  }

  find(id: string): JsonValue | undefined {
    return this.#before.get(id);
  }

  /** Nobody else works on this journal. */
  ours(): boolean {
    return true;
  }

  note(key: string, id: string, deed: JsonValue): void {
    const now = this.#clock.now();
    const value: Noted = { id, deed };
    const ends = this.#stream.ends();
    try {
      this.#stream.append(
        [{ key, eventTime: now, value, position: this.#positions.next(key) }],
        [JSON.stringify(value)],
        now,
      );
    } catch (cause) {
      // What is done is done: after a crash it may be done once more, with the same id.
      this.#log.error("what was done could not be noted", { id, cause: messageOf(cause) });
      this.#positions.goBackTo(ends);
    }
  }

  close(): Promise<void> {
    return this.#stream.close();
  }
}
