import type { Incoming, Qos } from "./broker.js";
import { matches } from "./filters.js";
import type { Inbox } from "./inbox.js";

/** A message for a reader inside this process. */
export interface Delivery extends Incoming {
  /** Called when the reader has taken it in. */
  readonly taken?: () => void;
}

export interface Reader {
  readonly session: string;
  readonly filters: readonly string[];
  readonly qos: Qos;
  readonly inbox: Inbox<Delivery>;
}

/** What a publisher waits for: that each reader has room, or that each has taken the message in. */
export type Wait = "admitted" | "taken";
/** Called once, with an error where the message was not taken in and must be sent again. */
export type Done = (error?: Error) => void;

/** A session whose reader has gone, and who waits for it. */
interface Absent extends Pick<Reader, "filters" | "qos"> {
  readonly waiting: Done[];
}

interface Route {
  readonly readers: readonly Reader[];
  readonly absent: readonly Absent[];
}

/** A cache and nothing more: a flood of new topics must not make it grow for ever. */
const REMEMBERED = 100_000;

/**
 * The readers inside this process, and who of them gets what: one copy each, however many of its filters match. What was
 * published for a reader that has gone is neither kept nor acknowledged: its publisher is told to send it again when the
 * reader is back.
 */
export class Readers {
  readonly #readers = new Set<Reader>();
  readonly #absent = new Map<string, Absent>();
  #routes = new Map<string, Route>();

  add(reader: Reader): void {
    this.#readers.add(reader);
    const waiting = this.#absent.get(reader.session)?.waiting ?? [];
    this.#absent.delete(reader.session);
    this.#routes.clear();
    for (const done of waiting) done(new Error("the reader was away, send it again"));
  }

  /** @param untaken what it was given and has not taken in */
  delete(reader: Reader, untaken: readonly Delivery[]): void {
    const waiting = untaken.flatMap(({ taken }) => taken ?? []);
    this.#readers.delete(reader);
    this.#absent.set(reader.session, { filters: reader.filters, qos: reader.qos, waiting });
    this.#routes.clear();
  }

  deliver(message: Incoming, wait: Wait, done: Done): void {
    const { readers, absent } = this.#route(message.topic);
    // Nobody waits for the acknowledgement of QoS 0.
    const missed = wait === "taken" ? absent.filter(({ qos }) => Math.min(message.qos, qos) > 0) : [];
    const count = readers.length + missed.length;
    const each = count > 1 ? countdown(count, done) : done;
    for (const { waiting } of missed) waiting.push(each);
    for (const reader of readers) {
      const qos = Math.min(message.qos, reader.qos) as Qos;
      if (wait === "taken" && qos > 0) reader.inbox.deliver({ ...message, qos, taken: each }, nobody);
      else reader.inbox.deliver(qos === message.qos ? message : { ...message, qos }, each);
    }
    if (count === 0) done();
  }

  #route(topic: string): Route {
    const wants = ({ filters }: Pick<Reader, "filters">): boolean => filters.some((filter) => matches(filter, topic));
    let route = this.#routes.get(topic);
    if (!route) {
      route = { readers: [...this.#readers].filter(wants), absent: [...this.#absent.values()].filter(wants) };
      if (this.#routes.size >= REMEMBERED) this.#routes = new Map();
      this.#routes.set(topic, route);
    }
    return route;
  }
}

function nobody(): void {}

function countdown(count: number, done: Done): Done {
  return (error) => {
    if (count <= 0) return;
    count = error ? 0 : count - 1;
    if (count === 0) done(error);
  };
}
