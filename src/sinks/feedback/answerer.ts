import { fitsLevel } from "../../connections/mqtt/filters.js";
import type { Context, Deeds } from "../../streams/component/context.js";
import type { OwnState } from "../../streams/component/definition.js";
import { fromJson, toJson } from "../../streams/record/json.js";
import { derive, type StreamRecord } from "../../streams/record/record.js";
import type { Adjustment, Verdict } from "../../streams/record/values.js";
import { KeyedState } from "../../streams/time/keyed-state.js";
import { brake, note, staleness } from "./brakes.js";
import { codec, Conversation } from "./conversation.js";
import { payloadOf, reasonOf, timeText } from "./message.js";
import { restoring, type Options } from "./options.js";

/** Undefined where a verdict moves nothing. */
export type Answer = StreamRecord<Adjustment> | undefined;

/** Where adjustments end up: a broker, a human, or nowhere. */
export interface Outlet {
  /** When this run began to look, ms since the epoch. What came before may have been answered by an earlier one. */
  readonly started: number;
  /** The time of an answer to this record, ms since the epoch. */
  now(record: StreamRecord): number;
  outcome(key: string): Exclude<Adjustment["outcome"], "withheld">;
  /** Resolves when the broker has it; DisconnectedError when it is away. */
  publish(topic: string, payload: string): Promise<void>;
  /** What was published behind the checkpoint that this run goes on from. */
  readonly deeds?: Deeds;
}

/** What is noted of a verdict. The clock had a say in it, so a later run would decide otherwise. */
interface Deed {
  /** Absent where a reminder was withheld, of which nothing is said. */
  readonly adjustment?: Adjustment | undefined;
  /** Withheld, and yet an earlier run may have sent it. */
  readonly maybe?: boolean;
}

/** Decides what each verdict moves, and remembers of each printer what it was told. */
export class Answerer {
  readonly #options: Options;
  readonly #context: Context;
  readonly #outlet: Outlet;
  readonly #conversations = new KeyedState(() => new Conversation(), { codec });
  /** When the first of the runs began whose memory this is, ms since the epoch. */
  #since: number;
  readonly state = { conversations: this.#conversations };
  readonly ownState: OwnState = {
    save: () => toJson(this.#since),
    load: (saved) => {
      const since = fromJson(saved) as number;
      // Of several owners that handed on their printers, the one that began last knew least.
      this.#since = this.#loaded ? Math.max(this.#since, since) : since;
      this.#loaded = true;
    },
  };
  #loaded = false;

  constructor(options: Options, context: Context, outlet: Outlet) {
    this.#options = options;
    this.#context = context;
    this.#outlet = outlet;
    this.#since = outlet.started;
  }

  async answer(record: StreamRecord<Verdict>, id: string): Promise<Answer> {
    return this.#conversations.touch(record.key)?.settled.has(id) ? undefined : this.#decide(record, id);
  }

  async #decide(record: StreamRecord<Verdict>, id: string): Promise<Answer> {
    const { key } = record;
    const conversation = this.#conversations.of(key);
    const options = this.#options;
    const outlet = this.#outlet;
    const raised = record.value.state === "raised";
    const draft = this.#draft(record, id);
    if (!draft) {
      note(conversation.printer, record, "yes", options);
      return undefined;
    }
    const done = outlet.deeds?.find(deedOf(record, id));
    if (done !== undefined) return this.#repeat(record, id, fromJson(done) as Deed);

    // Whoever works on this printer now sends it, or withholds it.
    if (outlet.deeds && !outlet.deeds.ours(key)) return undefined;
    const now = outlet.now(record);
    // The end of an episode does not expire while it waits: it is the last word on this printer.
    const issued = raised && conversation.trying?.id === id ? conversation.trying.since : now;
    const timed = { ...draft, issued_at: timeText(issued), expires_at: timeText(issued + options.expires) };

    const expired = now > issued + options.expires;
    const held = expired ? "it expired before the broker could take it" : this.#held(conversation, record, issued);
    if (held !== undefined) {
      const maybe = expired || this.#mayBeRepeated(record, issued);
      return this.#withhold(record, timed, held, maybe);
    }

    const advised = !raised && conversation.printer.adjusted === "advised";
    const adjustment: Adjustment = { ...timed, outcome: advised ? "advised" : outlet.outcome(key) };
    if (adjustment.outcome === "sent") {
      conversation.trying = { id, since: issued };
      await outlet.publish(
        options.topic.replaceAll("{key}", () => key),
        payloadOf(adjustment),
      );
    }
    await outlet.deeds?.note(key, deedOf(record, id), toJson({ adjustment } satisfies Deed));
    this.#log("printer adjusted", record.key, adjustment);
    return this.#settle(record, id, adjustment);
  }

  /** Comes to the same answer as the run that crashed, and does nothing. */
  #repeat(record: StreamRecord<Verdict>, id: string, { adjustment, maybe = false }: Deed): Answer {
    if (adjustment && adjustment.outcome !== "withheld") return this.#settle(record, id, adjustment);
    this.#noteWithheld(record, maybe);
    return adjustment && derive(record, adjustment);
  }

  #settle(record: StreamRecord<Verdict>, id: string, adjustment: Adjustment): Answer {
    // Asked for anew: it may have been cut meanwhile.
    const conversation = this.#conversations.of(record.key);
    conversation.trying = undefined;
    note(conversation.printer, record, adjustment.outcome === "advised" ? "advised" : "yes", this.#options);
    conversation.settle(id);
    return derive(record, adjustment);
  }

  /** What this printer would be told, undefined where there is nothing to take back. */
  #draft({ value }: StreamRecord<Verdict>, id: string) {
    const command = value.state === "raised" ? this.#options.adjust : restoring(this.#options);
    if (Object.keys(command).length === 0) return undefined;
    const { episode, evidence } = value;
    return { kind: "adjustment", ...command, command_id: id, reason: reasonOf(value), episode, evidence } as const;
  }

  #held({ printer }: Conversation, record: StreamRecord<Verdict>, now: number): string | undefined {
    if (!fitsLevel(record.key)) return "its key cannot stand in a topic";
    return brake(printer, record, { now, since: this.#since }, this.#options);
  }

  /** A verdict that is read again after a crash may have been answered while it was fresh, by the run that crashed. */
  #mayBeRepeated(record: StreamRecord<Verdict>, now: number): boolean {
    return record.eventTime < this.#outlet.started && staleness(record, now, this.#options.fresh) !== undefined;
  }

  async #withhold(
    record: StreamRecord<Verdict>,
    draft: Omit<Adjustment, "outcome">,
    held: string,
    maybe: boolean,
  ): Promise<Answer> {
    const { state, episode } = record.value;
    const reminder = state === "raised" && this.#conversations.of(record.key).printer.open.has(episode);
    const reason = `${draft.reason}; withheld: ${held}`;
    // Of a reminder it was said before.
    const adjustment: Adjustment | undefined = reminder ? undefined : { ...draft, reason, outcome: "withheld" };
    await this.#outlet.deeds?.note(
      record.key,
      deedOf(record, draft.command_id),
      toJson({ adjustment, maybe } satisfies Deed),
    );
    this.#noteWithheld(record, maybe);
    if (!adjustment) return undefined;
    this.#log("adjustment withheld", record.key, adjustment);
    return derive(record, adjustment);
  }

  #noteWithheld(record: StreamRecord<Verdict>, maybe: boolean): void {
    const conversation = this.#conversations.of(record.key);
    conversation.trying = undefined;
    note(conversation.printer, record, maybe ? "maybe" : "nothing", this.#options);
  }

  #log(message: string, key: string, { command_id, reason, outcome, episode }: Adjustment): void {
    const { log, node } = this.#context;
    log.info(message, { node, key, command_id, reason, outcome, episode });
  }
}

/** A reminder has the command of its episode, and may be answered otherwise than what came before it. */
function deedOf({ eventTime }: StreamRecord<Verdict>, id: string): string {
  return `${id}@${eventTime}`;
}
