import { setMaxListeners } from "node:events";
import type { Log } from "../../streams/component/context.js";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import type { Chunk, JournalStream, Offsets } from "../../streams/journal/journal.js";
import type { Clock } from "../../streams/time/clock.js";
import { pauseBefore } from "../back-off.js";
import { Lane } from "./lane.js";
import { checkName, type Layout } from "./layout.js";
import type { Waiting } from "./message.js";
import type { Nats } from "./open.js";

/** How often the journal is asked whether something was appended, ms. */
const LOOK_EVERY = 10;
/**
 * For each message that went out so many ms are let pass before the next ones: what comes meanwhile goes with them. A message
 * costs the two ends and the server some 0.3 ms of CPU, however little is in it, and each partition needs one of its own.
 */
const FOR_EACH = 0.8;
/** How often it is told what it need not keep, ms. */
const COMMIT_EVERY = 1_000;
/** Elements in memory that the server has not acknowledged; the rest waits in the journal. */
const MOST_WAITING = 20_000;
/** And elements that were just appended and need not be read. */
const MOST_FRESH = 20_000;
const LONGEST_PAUSE = 5_000;
/** The group of consumers that this is to the journal. */
const GROUP = "nats";

export interface ShipperOptions {
  readonly nats: Nats;
  readonly layout: Layout;
  /** What came in on this machine. */
  readonly journal: JournalStream;
  /**
   * Names this machine's journal to all others, for as long as the stream on the server lives. Never two journals at once,
   * nor a new one in the place of another.
   */
  readonly origin: string;
  readonly log: Log;
  readonly clock: Clock;
  /** A number in [0, 1), for the pauses between attempts. */
  readonly random: () => number;
  /** Told of an element that the server will never take: it is larger than its limit. */
  readonly refused: (waiting: Waiting, reason: string) => void;
}

/**
 * Brings what is in a journal to the server, each partition in order and each element once, and lets the journal go of it
 * when the server has it. While the server takes nothing, the journal grows.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #lanes: readonly Lane[];
  readonly #stop = new AbortController();
  readonly #troubled = new Set<number>();
  #fresh: Chunk[] = [];
  #freshCount = 0;
  #committed = "";
  #commitAt = 0;

  constructor(options: ShipperOptions) {
    checkName("instance", options.origin);
    const { nats, layout, origin, journal, random, refused, clock } = options;
    this.#options = options;
    const stop = this.#stop.signal;
    // Every lane listens while it waits.
    setMaxListeners(0, stop);
    const told = (partition: number, reason: string | undefined) => this.#told(partition, reason);
    const sleep = (ms: number) => clock.sleep(ms, stop);
    const side = { nats, layout, origin, random, sleep, stop, told, refused };
    this.#lanes = Array.from({ length: journal.partitions }, (_, partition) => new Lane(side, partition));
  }

  /** Elements of the journal that the server does not have yet. */
  get lag(): number {
    return this.#options.journal.ends().reduce((sum, end, p) => sum + Math.max(0, end - this.#lanes[p]!.acked), 0);
  }

  /**
   * Told of each append after it, the shipper need not read it: to find its place in a long journal takes time. It reads
   * whatever it was not told of.
   */
  appended(chunk: Chunk): void {
    if (this.#freshCount > MOST_FRESH) this.#takeFresh();
    this.#fresh.push(chunk);
    this.#freshCount += chunk.elements.length;
  }

  /** Runs until `stop`. Throws ConfigError where the server has more of this origin than the journal ever had. */
  async run(): Promise<void> {
    const { nats, journal, clock } = this.#options;
    const known = journal.committed(GROUP) ?? journal.begins();
    this.#lanes.forEach((lane, partition) => (lane.acked = known[partition]!));
    const cancel = nats.onReconnect(() => this.#lanes.forEach((lane) => lane.abandon()));
    try {
      await this.#resume();
      while (!this.#stop.signal.aborted) {
        const messages = this.#isBehind(journal.ends()) ? await this.#ship() : 0;
        await clock.sleep(Math.max(LOOK_EVERY, FOR_EACH * messages), this.#stop.signal);
        if (clock.now() >= this.#commitAt) await this.#commit();
      }
      await Promise.all(this.#lanes.map((lane) => lane.settled()));
      await this.#commit();
    } finally {
      this.stop();
      cancel();
    }
  }

  /** Sends nothing more; `run` ends when what is on its way has been answered. */
  stop(): void {
    this.#stop.abort();
  }

  async #resume(): Promise<void> {
    const { clock, random } = this.#options;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      try {
        await Promise.all(this.#lanes.map((lane) => lane.resume()));
        this.#told(0, undefined);
        return;
      } catch (cause) {
        this.#told(0, messageOf(cause));
        await clock.sleep(pauseBefore(attempt, random, LONGEST_PAUSE), this.#stop.signal);
      }
    }
  }

  #isBehind(ends: Offsets): boolean {
    return this.#lanes.some((lane, partition) => lane.rewound || lane.next < ends[partition]!);
  }

  #takeFresh(): Chunk[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    this.#freshCount = 0;
    return fresh;
  }

  /** Gives the lanes what the journal has, from memory or from its files. Resolves with how many of them have some to send. */
  async #ship(): Promise<number> {
    const { journal } = this.#options;
    const until = journal.ends();
    const fresh = this.#takeFresh();
    // What a power cut takes from us must not be on the server already: its offsets would be given out again.
    await journal.sync();
    for (const chunk of fresh) this.#give(chunk, (lane, waiting) => lane.follow(waiting));
    const messages = this.#lanes.filter((lane) => lane.waiting > 0).length;
    await this.#room();
    if (this.#isBehind(until)) await this.#read(until);
    return messages;
  }

  #give({ elements, texts, arrived }: Chunk, give: (lane: Lane, waiting: Waiting) => void): void {
    elements.forEach((element, i) => {
      give(this.#lanes[element.position.partition]!, { element, text: texts[i]!, arrived });
    });
    for (const lane of this.#lanes) lane.kick();
  }

  /** Reads the journal up to here, as far as the lanes take it. */
  async #read(until: Offsets): Promise<void> {
    const { journal, log } = this.#options;
    this.#lanes.forEach((lane, partition) => {
      this.#check(partition, lane.next, until[partition]!);
      lane.rewound = false;
    });
    const from = { offsets: this.#lanes.map((lane) => lane.next) };
    const read = journal.read({ from, until }, (gap) => {
      log.error("the journal lost records before they were sent", { stream: journal.name, reason: gap.reason });
    });
    for await (const chunk of read) {
      this.#give(chunk, (lane, waiting) => lane.take(waiting));
      await this.#room();
      if (this.#stop.signal.aborted || this.#lanes.some((lane) => lane.rewound)) return;
    }
    this.#lanes.forEach((lane, partition) => lane.skipTo(until[partition]!));
  }

  async #room(): Promise<void> {
    const waiting = () => this.#lanes.reduce((sum, lane) => sum + lane.waiting, 0);
    while (waiting() > MOST_WAITING && !this.#stop.signal.aborted) {
      await this.#options.clock.sleep(LOOK_EVERY, this.#stop.signal);
    }
  }

  #check(partition: number, next: number, end: number): void {
    if (next <= end) return;
    const { origin, journal, layout } = this.#options;
    throw new ConfigError(
      `"${origin}" has sent partition ${partition} of "${journal.name}" up to offset ${next} to "${layout.name}", but its ` +
        `journal ends at ${end}: bring the journal back, or give this instance a name that no other has or had`,
    );
  }

  #told(partition: number, reason: string | undefined): void {
    const { log, journal } = this.#options;
    const before = this.#troubled.size;
    if (reason === undefined) this.#troubled.delete(partition);
    else this.#troubled.add(partition);
    if (before === 0 && this.#troubled.size > 0) {
      log.warn("NATS takes nothing, records wait in the journal", { stream: journal.name, reason });
    } else if (before > 0 && this.#troubled.size === 0) {
      log.info("NATS takes records again", { stream: journal.name, waiting: this.lag });
    }
  }

  async #commit(): Promise<void> {
    const { journal, clock } = this.#options;
    this.#commitAt = clock.now() + COMMIT_EVERY;
    const offsets = this.#lanes.map((lane) => (lane.waiting === 0 ? lane.next : lane.acked));
    const text = offsets.join();
    if (text === this.#committed) return;
    await journal.commit(GROUP, offsets);
    this.#committed = text;
  }
}
