import { headers } from "@nats-io/transport-node";
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { messageOf } from "../../streams/component/errors.js";
import { pauseBefore } from "../back-off.js";
import type { Layout } from "./layout.js";
import { encode, FIRST, MOST_CHARACTERS, NEXT, type Waiting } from "./message.js";
import type { Nats } from "./open.js";

/** An answer that takes longer than this, ms, is asked for again. */
const ANSWER_WITHIN = 5_000;
const LONGEST_PAUSE = 5_000;
/** Kept free below the server's limit for headers, bytes. */
const HEADERS = 1024;
/** What a server takes at least, if it does not say, bytes. */
const SMALLEST_LIMIT = 64 * 1024;
/** Those that were sent are let go of so many at a time. */
const COMPACT = 4096;

/** What the lanes of one shipper share. */
export interface LaneSide {
  readonly nats: Nats;
  readonly layout: Layout;
  readonly origin: string;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly stop: AbortSignal;
  /** Why the server takes nothing of a partition; undefined when it takes it again. */
  readonly told: (partition: number, reason: string | undefined) => void;
  /** No server will ever take this element: it is left out. */
  readonly refused: (waiting: Waiting, reason: string) => void;
}

/**
 * One partition on its way to the server, one message at a time. Each says which one it follows there, so the server
 * refuses it in any other place: repeats, leftovers of a broken connection and a second sender of the same name alike.
 */
export class Lane {
  /** The server has all before this offset of the journal. */
  acked = 0;
  /** The next offset that the lane takes. */
  next = 0;
  /** Set while what it took has been thrown away: it takes nothing until it is read anew from `next`. */
  rewound = true;
  readonly #side: LaneSide;
  readonly #partition: number;
  readonly #subject: string;
  #waiting: Waiting[] = [];
  #sent = 0;
  /** The last message of the subject on the server. */
  #sequence = 0;
  #failures = 0;
  #abandon: (reason: Error) => void = () => undefined;
  #running: Promise<void> | undefined;

  constructor(side: LaneSide, partition: number) {
    this.#side = side;
    this.#partition = partition;
    this.#subject = side.layout.subject(partition, side.origin);
  }

  /** Asks the server how far this origin has come. */
  async resume(): Promise<void> {
    const last = await this.#side.nats.streams.streams.getMessage(this.#side.layout.name, {
      last_by_subj: this.#subject,
    });
    this.#sequence = last?.seq ?? 0;
    this.#waiting = [];
    this.#sent = 0;
    this.rewound = true;
    const stored = last ? Number(last.header.get(NEXT)) : undefined;
    // Nothing there: never sent, or gone by age. Else the server is right, be it ahead of us or behind.
    this.next = this.acked = stored ?? this.acked;
  }

  /** Leaves it where the lane is being read anew, or has it already. */
  take(waiting: Waiting): void {
    const { offset } = waiting.element.position;
    if (this.rewound || offset < this.next) return;
    this.next = offset + 1;
    this.#waiting.push(waiting);
  }

  /** Takes it only if it is the very next. */
  follow(waiting: Waiting): void {
    if (waiting.element.position.offset === this.next) this.take(waiting);
  }

  /** Nothing stands before this offset but what it took. */
  skipTo(offset: number): void {
    if (!this.rewound) this.next = Math.max(this.next, offset);
  }

  /** Elements that the server has not acknowledged. */
  get waiting(): number {
    return this.#waiting.length - this.#sent;
  }

  /** Sends what waits, if it is not doing so already. */
  kick(): void {
    if (this.#running === undefined && this.waiting > 0) {
      this.#running = this.#send().finally(() => (this.#running = undefined));
    }
  }

  /** What is on its way was sent over a connection that is no more: no answer will come. */
  abandon(): void {
    this.#abandon(new Error("the connection was broken"));
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #send(): Promise<void> {
    try {
      while (this.waiting > 0 && !this.#side.stop.aborted) await this.#sendOne();
    } catch (cause) {
      await this.#recover(cause);
    }
  }

  async #sendOne(): Promise<void> {
    const { nats, origin } = this.#side;
    const { offset: first } = this.#waiting[this.#sent]!.element.position;
    const room = (nats.connection.info?.max_payload ?? SMALLEST_LIMIT) - HEADERS;
    const { count, bytes } = encodeWithin(this.#waiting, this.#sent, room);
    if (bytes.length > room) {
      this.#side.refused(this.#waiting[this.#sent]!, `${bytes.length} bytes, and the server takes ${room}`);
      this.#done(1);
      return;
    }
    const next = first + count;
    const told = headers();
    told.set(FIRST, String(first));
    told.set(NEXT, String(next));
    const answer = nats.jetstream.publish(this.#subject, bytes, {
      headers: told,
      // The same bytes again are taken for what they are at once, without a look at where they belong.
      msgID: `${origin}/${this.#partition}/${first}-${next}`,
      expect: { lastSubjectSequence: this.#sequence },
      timeout: ANSWER_WITHIN,
    });
    this.#sequence = (await this.#unlessAbandoned(answer)).seq;
    this.#done(count);
    if (this.#failures > 0) this.#side.told(this.#partition, undefined);
    this.#failures = 0;
  }

  #unlessAbandoned<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#abandon = reject;
      answer.then(resolve, reject);
    });
  }

  #done(count: number): void {
    this.#sent += count;
    this.acked = this.#waiting[this.#sent - 1]!.element.position.offset + 1;
    if (this.#sent < COMPACT && this.waiting > 0) return;
    this.#waiting = this.#waiting.slice(this.#sent);
    this.#sent = 0;
  }

  /** Whether a message that failed is there, and which one is the last, only the server knows. */
  async #recover(cause: unknown): Promise<void> {
    const { stop, sleep, random, told } = this.#side;
    for (let reason: unknown = cause; !stop.aborted;) {
      if (!isMisplaced(reason)) {
        told(this.#partition, messageOf(reason));
        await sleep(pauseBefore(this.#failures++, random, LONGEST_PAUSE));
      }
      try {
        await this.resume();
        return;
      } catch (again) {
        reason = again;
      }
    }
  }
}

function isMisplaced(cause: unknown): boolean {
  return cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.StreamWrongLastSequence;
}

/** As many as fit, and one where not even that does. */
function encodeWithin(waiting: readonly Waiting[], from: number, room: number): { count: number; bytes: Buffer } {
  for (let characters = MOST_CHARACTERS; ; characters /= 2) {
    const { count, body } = encode(waiting, from, characters);
    const bytes = Buffer.from(body);
    if (bytes.length <= room || count === 1) return { count, bytes };
  }
}
