import { isAscii, isUtf8 } from "node:buffer";
import type { Incoming } from "../../connections/mqtt/broker.js";
import type { Context } from "../../streams/component/context.js";
import type { Positions } from "../../streams/record/partition.js";
import type { Element } from "../../streams/record/record.js";
import type { Reading } from "../../streams/record/values.js";
import { KeyedState, plainCodec } from "../../streams/time/keyed-state.js";
import { decodeReading, type Decoded, type Refused, type Span, type TopicKey } from "./decode.js";
import type { Options } from "./options.js";
import { saysGone } from "./presence.js";
import { router } from "./route.js";

/** So many bytes of a refused payload are looked at: more than any dead letter keeps. */
const KEPT = 1024 * 1024;

/** Makes records and marks of messages. What cannot be read is rejected, with its topic, and the next one is read. */
export class Intake {
  readonly #options: Options;
  readonly #context: Context;
  readonly #positions: Positions;
  readonly #route: ReturnType<typeof router>;
  /** The newest event time of each key. */
  readonly newest = new KeyedState<{ time: number }>(() => ({ time: -Infinity }), { codec: plainCodec() });
  readonly #goneStates: ReadonlySet<unknown>;
  #elements: Element<Reading>[] = [];
  #texts: string[] = [];

  constructor(options: Options, context: Context) {
    this.#options = options;
    this.#context = context;
    this.#positions = context.positions;
    this.#route = router(options.topics, options.presence, options.key);
    this.#goneStates = new Set(options.gone_states);
  }

  /** @param again whether a text of a key was taken in before; asked of readings that are no newer than what is known */
  take(messages: readonly Incoming[], again?: (key: string, text: string) => boolean): Element<Reading>[] {
    const { skew } = this.#options;
    const now = this.#context.clock.now();
    const span = { earliest: now - skew.past, latest: now + skew.future };
    this.#elements = [];
    this.#texts = [];
    for (const message of messages) {
      const route = this.#route(message.topic);
      if (route.what === "presence") this.#takePresence(message, route.key);
      else this.#takeSensor(message, route, span, again);
    }
    return this.#elements;
  }

  /** Takes a message that was rejected, as if it came now. */
  again(topic: string, text: string): Element<Reading>[] {
    return this.take([{ topic, payload: Buffer.from(text), qos: 1, retain: false, dup: false }]);
  }

  /** The texts that the elements of the last batch were made of. */
  texts(): readonly string[] {
    return this.#texts;
  }

  /** Takes note of what an earlier run took in. */
  recall(elements: readonly Element<Reading>[]): void {
    for (const { key, eventTime } of elements) {
      const newest = this.newest.of(key);
      if (eventTime > newest.time) newest.time = eventTime;
    }
  }

  #takeSensor(
    message: Incoming,
    topic: TopicKey,
    span: Span,
    again: ((key: string, text: string) => boolean) | undefined,
  ): void {
    const text = this.#read(message);
    const decoded = typeof text === "string" ? decodeReading(text, topic, span) : text;
    if ("refused" in decoded) this.#reject(message, topic.key, decoded.refused);
    else if (!(again && this.#isOld(decoded) && again(decoded.key, text as string)))
      this.#takeReading(message, decoded, text as string);
  }

  #isOld({ key, eventTime }: Decoded): boolean {
    const newest = this.newest.peek(key);
    return newest !== undefined && eventTime <= newest.time;
  }

  #read({ payload }: Incoming): string | Refused {
    const { max_bytes } = this.#options;
    if (payload.length > max_bytes) return { refused: `${payload.length} bytes, and max_bytes is ${max_bytes}` };
    const ascii = isAscii(payload);
    if (!ascii && !isUtf8(payload)) return { refused: "not UTF-8 text" };
    return textOf(payload, ascii);
  }

  #takeReading({ retain }: Incoming, { key, eventTime, reading }: Decoded, text: string): void {
    const newest = this.newest.of(key);
    // A broker sends what it retains with every new subscription, a reconnection included.
    if (retain && eventTime <= newest.time) return;
    if (eventTime > newest.time) newest.time = eventTime;
    this.#elements.push({ key, eventTime, value: reading, position: this.#positions.next(key) });
    this.#texts.push(text);
    if (this.#goneStates.has(reading.state)) this.#markGone(key, newest.time);
  }

  /** A key that was never heard of has nothing open that could be closed. */
  #takePresence({ payload }: Incoming, key: string | undefined): void {
    const newest = key === undefined ? undefined : this.newest.peek(key);
    if (newest && payload.length <= this.#options.max_bytes && saysGone(textOf(payload)))
      this.#markGone(key!, newest.time);
  }

  #markGone(key: string, eventTime: number): void {
    this.#elements.push({ key, eventTime, value: undefined, position: this.#positions.next(key), cause: "gone" });
    this.#texts.push("");
  }

  #reject({ topic, payload }: Incoming, key: string | undefined, reason: string): void {
    this.#context.reject({
      reason,
      place: topic,
      ...(key !== undefined && { key }),
      payload: textOf(payload.subarray(0, KEPT)),
      ...(!isUtf8(payload) && { lossy: true }),
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
