import { fitsLevel } from "../../connections/mqtt/filters.js";
import type { Context } from "../../streams/component/context.js";
import type { Sink } from "../../streams/component/definition.js";
import { derive, type StreamRecord } from "../../streams/record/record.js";
import type { Adjustment, Verdict } from "../../streams/record/values.js";
import { KeyedState } from "../../streams/time/keyed-state.js";
import { brake, note, Printer } from "./brakes.js";
import { commandId, payloadOf, reasonOf, timeText } from "./message.js";
import { restoring, type Options } from "./options.js";

/** Commands of one printer that are kept to recognise a repeat: as many as it may have open episodes. */
const KEPT = 32;

type Answer = StreamRecord<Adjustment> | undefined;

/** Where adjustments end up: a broker, a human, or nowhere. */
export interface Outlet {
  /** When this run began to look, ms since the epoch. Episodes from before may have been answered by an earlier one. */
  readonly started: number;
  /** The time of an answer to this record, ms since the epoch. */
  now(record: StreamRecord): number;
  outcome(key: string): Exclude<Adjustment["outcome"], "withheld">;
  /** Resolves when the broker has it; DisconnectedError when it is away. */
  publish(topic: string, payload: string): Promise<void>;
}

/** Answers verdicts with adjustments. Memory changes after an answer has gone out, so a failed one can be tried again. */
export function answering(options: Options, context: Context, outlet: Outlet): Sink<Verdict, Adjustment> {
  const conversations = new KeyedState((key) => new Conversation(key, options, context, outlet));
  /** To the verdicts of the last batch: where a connection broke it comes again, and what was answered moves nothing. */
  const answers = new Map<string, Answer>();
  return {
    async write(batch) {
      const verdicts = batch.map((record) => {
        const id = commandId(context.node, record);
        return { record, id, name: `${id}@${record.eventTime}` };
      });
      const names = new Set(verdicts.map(({ name }) => name));
      for (const name of answers.keys()) if (!names.has(name)) answers.delete(name);
      const answered = await Promise.allSettled(
        inOrderOfKey(verdicts, async ({ record, id, name }) => {
          if (!answers.has(name)) answers.set(name, await conversations.of(record.key).answer(record, id));
        }),
      );
      for (const outcome of answered) if (outcome.status === "rejected") throw outcome.reason;
      return verdicts.flatMap(({ name }) => answers.get(name) ?? []);
    },
  };
}

/**
 * Does something for each: at once for different printers, since each waits for the broker's word, and one after the other
 * for the same. After a failure the rest of that printer fails with it.
 */
function inOrderOfKey<V extends { readonly record: StreamRecord }>(
  verdicts: readonly V[],
  act: (verdict: V) => Promise<void>,
): Promise<void>[] {
  const last = new Map<string, Promise<void>>();
  return verdicts.map((verdict) => {
    const { key } = verdict.record;
    const before = last.get(key);
    const done = before ? before.then(() => act(verdict)) : act(verdict);
    last.set(key, done);
    return done;
  });
}

/** What was said about one printer, and what it was told. */
class Conversation {
  readonly #printer = new Printer();
  /** Ids of the commands that went out: a reminder of their episode moves nothing. */
  readonly #settled = new Set<string>();
  /** The command that the broker has not taken yet, and when it was first tried. */
  #trying: { readonly id: string; readonly since: number } | undefined;

  constructor(
    readonly key: string,
    readonly options: Options,
    readonly context: Context,
    readonly outlet: Outlet,
  ) {}

  async answer(record: StreamRecord<Verdict>, id: string): Promise<Answer> {
    return this.#settled.has(id) ? undefined : this.#decide(record, id);
  }

  async #decide(record: StreamRecord<Verdict>, id: string): Promise<Answer> {
    const { options, outlet } = this;
    const raised = record.value.state === "raised";
    const draft = this.#draft(record, id);
    if (!draft) {
      note(this.#printer, record, "yes", options);
      return undefined;
    }
    const now = outlet.now(record);
    // The end of an episode does not expire while it waits: it is the last word on this printer.
    const issued = raised && this.#trying?.id === id ? this.#trying.since : now;
    const timed = { ...draft, issued_at: timeText(issued), expires_at: timeText(issued + options.expires) };

    const expired = now > issued + options.expires;
    const held = expired ? "it expired before the broker could take it" : this.#held(record, issued);
    if (held !== undefined) return this.#withhold(record, timed, held, expired);

    const advised = !raised && this.#printer.adjusted === "advised";
    const adjustment: Adjustment = { ...timed, outcome: advised ? "advised" : outlet.outcome(this.key) };
    if (adjustment.outcome === "sent") {
      this.#trying = { id, since: issued };
      await outlet.publish(
        options.topic.replaceAll("{key}", () => this.key),
        payloadOf(adjustment),
      );
      this.#trying = undefined;
    }
    note(this.#printer, record, adjustment.outcome === "advised" ? "advised" : "yes", options);
    this.#settle(id);
    this.#log("printer adjusted", adjustment);
    return derive(record, adjustment);
  }

  /** What this printer would be told, undefined where there is nothing to take back. */
  #draft({ value }: StreamRecord<Verdict>, id: string) {
    const command = value.state === "raised" ? this.options.adjust : restoring(this.options);
    if (Object.keys(command).length === 0) return undefined;
    const { episode, evidence } = value;
    return { kind: "adjustment", ...command, command_id: id, reason: reasonOf(value), episode, evidence } as const;
  }

  #held(record: StreamRecord<Verdict>, now: number): string | undefined {
    if (!fitsLevel(this.key)) return "its key cannot stand in a topic";
    return brake(this.#printer, record, { now, started: this.outlet.started }, this.options);
  }

  #withhold(record: StreamRecord<Verdict>, draft: Omit<Adjustment, "outcome">, held: string, expired: boolean): Answer {
    const reminder = record.value.state === "raised" && this.#printer.open.has(record.value.episode);
    this.#trying = undefined;
    note(this.#printer, record, expired ? "maybe" : "nothing", this.options);
    // It was said of this episode before.
    if (reminder) return undefined;
    const adjustment: Adjustment = { ...draft, reason: `${draft.reason}; withheld: ${held}`, outcome: "withheld" };
    this.#log("adjustment withheld", adjustment);
    return derive(record, adjustment);
  }

  #settle(id: string): void {
    this.#settled.add(id);
    if (this.#settled.size > KEPT) this.#settled.delete(this.#settled.keys().next().value!);
  }

  #log(message: string, { command_id, reason, outcome, episode }: Adjustment): void {
    this.context.log.info(message, { node: this.context.node, key: this.key, command_id, reason, outcome, episode });
  }
}
