import { isAscii, isUtf8 } from "node:buffer";
import type { Incoming } from "../../connections/mqtt/broker.js";
import type { Context } from "../../streams/component/context.js";
import { Offsets } from "../../streams/record/partition.js";
import type { Element, TimeMark } from "../../streams/record/record.js";
import type { Reading } from "../../streams/record/values.js";
import { KeyedState } from "../../streams/time/keyed-state.js";
import { decodeReading, type Decoded, type Refused, type Span, type TopicKey } from "./decode.js";
import type { Options } from "./options.js";
import { saysGone } from "./presence.js";
import { router } from "./route.js";

/** So much of a refused payload is kept. */
const KEPT = 1024;

/** Makes records and marks of messages. What cannot be read is rejected, with its topic, and the next one is read. */
export class Intake {
  readonly #options: Options;
  readonly #context: Context;
  readonly #offsets: Offsets;
  readonly #route: ReturnType<typeof router>;
  /** The newest event time of each key. */
  readonly #newest = new KeyedState(() => ({ time: -Infinity }));
  readonly #goneStates: ReadonlySet<unknown>;

  constructor(options: Options, context: Context) {
    this.#options = options;
    this.#context = context;
    this.#offsets = new Offsets(context.node, context.partitions);
    this.#route = router(options.topics, options.presence, options.key);
    this.#goneStates = new Set(options.gone_states);
  }

  take(messages: readonly Incoming[]): Element<Reading>[] {
    const { skew } = this.#options;
    const now = this.#context.clock.now();
    const span = { earliest: now - skew.past, latest: now + skew.future };
    const elements: Element<Reading>[] = [];
    for (const message of messages) {
      const route = this.#route(message.topic);
      if (route.what === "presence") this.#takePresence(message, route.key, elements);
      else {
        const decoded = this.#decode(message, route, span);
        if ("refused" in decoded) this.#reject(message, route.key, decoded.refused);
        else this.#takeReading(message, decoded, elements);
      }
    }
    return elements;
  }

  #decode({ payload }: Incoming, topic: TopicKey, span: Span): Decoded | Refused {
    const { max_bytes } = this.#options;
    if (payload.length > max_bytes) return { refused: `${payload.length} bytes, and max_bytes is ${max_bytes}` };
    const ascii = isAscii(payload);
    if (!ascii && !isUtf8(payload)) return { refused: "not UTF-8 text" };
    return decodeReading(textOf(payload, ascii), topic, span);
  }

  #takeReading({ retain }: Incoming, { key, eventTime, reading }: Decoded, elements: Element<Reading>[]): void {
    const newest = this.#newest.of(key);
    // A broker sends what it retains with every new subscription, a reconnection included.
    if (retain && eventTime <= newest.time) return;
    if (eventTime > newest.time) newest.time = eventTime;
    elements.push({ key, eventTime, value: reading, position: this.#offsets.next(key) });
    if (this.#goneStates.has(reading.state)) elements.push(this.#gone(key, newest.time));
  }

  /** A key that was never heard of has nothing open that could be closed. */
  #takePresence({ payload }: Incoming, key: string | undefined, elements: Element<Reading>[]): void {
    const newest = key === undefined ? undefined : this.#newest.peek(key);
    if (newest && payload.length <= this.#options.max_bytes && saysGone(textOf(payload)))
      elements.push(this.#gone(key!, newest.time));
  }

  #gone(key: string, eventTime: number): TimeMark {
    return { key, eventTime, value: undefined, position: this.#offsets.next(key), cause: "gone" };
  }

  #reject({ topic, payload }: Incoming, key: string | undefined, reason: string): void {
    this.#context.reject({
      reason,
      place: topic,
      ...(key !== undefined && { key }),
      payload: textOf(payload.subarray(0, KEPT)),
    });
  }
}

/** ASCII reads the same as Latin-1, which has nothing to decode. */
function textOf(payload: Uint8Array, ascii = false): string {
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return bytes.toString(ascii ? "latin1" : "utf8");
}
