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
  readonly payload: unknown;
}

const KEPT = 1000;
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
  readonly #receive: ((letter: DeadLetter) => void) | undefined;
  readonly #kept: DeadLetter[] = [];
  readonly #quiet = new Map<string, Quiet>();
  #total = 0;

  /** @param receive is given each letter too; it must neither throw nor take long */
  constructor(log: Log, clock: Clock, receive?: (letter: DeadLetter) => void) {
    this.#log = log;
    this.#clock = clock;
    this.#receive = receive;
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
    this.#kept.push(letter);
    if (this.#kept.length > KEPT) this.#kept.shift();
    this.#receive?.(letter);
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
}
