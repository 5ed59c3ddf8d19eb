import type { Log } from "../component/context.js";
import type { Position } from "../record/record.js";
import { positionText } from "../record/record.js";
import type { Clock } from "../time/clock.js";

/** Something that no node could work on, with the reason and the place. */
export interface DeadLetter {
  readonly pipeline: string;
  readonly node: string;
  readonly reason: string;
  /** A topic, a line of a file; absent for a record that failed inside the graph. */
  readonly place?: string;
  readonly key?: string;
  readonly position?: Position;
  /** ms since the epoch; absent where no time could be read. */
  readonly eventTime?: number;
  /** By which of the node's inputs the record came; absent: the first. */
  readonly input?: number;
  readonly payload: unknown;
  /** The payload is not what came: there is no text of it. */
  readonly lossy?: true;
}

/** Keeps the dead letters of a run for longer than it lasts. None of it throws. */
export interface LetterBox {
  /** Collects. Is called in the middle of the stream, so it must not take long. */
  add(letter: DeadLetter): void;
  /** Writes what was collected: it survives the end of this process then. */
  write(): void;
  /** Resolves when what was written survives a power cut. */
  sync(): Promise<void>;
}

const KEPT = 1000;
/** Of a text so many characters are kept in memory. */
const TEXT_KEPT = 1024;
/** One line for each node in so many ms, however many letters there are. */
const QUIET = 10_000;

interface Quiet {
  until: number;
  unsaid: number;
}

/** Dead letters of a run: the newest are kept, all are counted, the log hears of them without being flooded. */
export class DeadLetters {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #box: LetterBox | undefined;
  readonly #kept: DeadLetter[] = [];
  readonly #quiet = new Map<string, Quiet>();
  #total = 0;

  constructor(log: Log, clock: Clock, box?: LetterBox) {
    this.#log = log;
    this.#clock = clock;
    this.#box = box;
  }

  get total(): number {
    return this.#total;
  }

  /** The newest, oldest first. */
  get kept(): readonly DeadLetter[] {
    return this.#kept;
  }

  add(letter: DeadLetter): void {
    this.#total++;
    this.#kept.push(shortened(letter));
    if (this.#kept.length > KEPT) this.#kept.shift();
    this.#box?.add(letter);
    const name = `${letter.pipeline}.${letter.node}`;
    const now = this.#clock.now();
    const quiet = this.#quiet.get(name);
    if (quiet && now < quiet.until) {
      quiet.unsaid++;
      return;
    }
    this.#quiet.set(name, { until: now + QUIET, unsaid: 0 });
    const { pipeline, node, reason, place, key, position } = letter;
    this.#log.warn("dead letter", {
      pipeline,
      node,
      reason,
      ...(place !== undefined && { place }),
      ...(key !== undefined && { key }),
      ...(position && { position: positionText(position) }),
      ...(quiet && quiet.unsaid > 0 && { unsaid: quiet.unsaid }),
    });
  }

  /** What was put aside so far survives the end of this process, unless the disk refuses. */
  write(): void {
    this.#box?.write();
  }

  /** Resolves when what was written survives a power cut. */
  async sync(): Promise<void> {
    await this.#box?.sync();
  }
}

function shortened(letter: DeadLetter): DeadLetter {
  const { payload } = letter;
  if (typeof payload !== "string" || payload.length <= TEXT_KEPT) return letter;
  // A copy: a piece of a string would keep all of it in memory.
  return { ...letter, payload: Buffer.from(payload.slice(0, TEXT_KEPT)).toString() };
}
