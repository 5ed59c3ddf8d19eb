import { fromJson, toJson } from "../../streams/record/json.js";
import type { Codec } from "../../streams/time/keyed-state.js";
import { Printer } from "./brakes.js";

/** Commands of one printer that are kept to recognise a repeat: as many as it may have open episodes. */
const KEPT = 32;

/** What was said about one printer, and what it was told. */
export class Conversation {
  readonly printer: Printer;
  /** Ids of the commands that went out, oldest first: a reminder of their episode moves nothing. */
  readonly settled: Set<string>;
  /** The command that the broker has not taken yet, and when it was first tried. */
  trying: { readonly id: string; readonly since: number } | undefined;

  constructor(printer = new Printer(), settled: Iterable<string> = []) {
    this.printer = printer;
    this.settled = new Set(settled);
  }

  settle(id: string): void {
    this.settled.add(id);
    if (this.settled.size > KEPT) this.settled.delete(this.settled.keys().next().value!);
  }
}

/** What a checkpoint holds of a conversation. */
interface Saved extends Pick<Printer, "adjustments" | "adjusted">, Partial<Pick<Conversation, "trying">> {
  readonly open: readonly (readonly [episode: string, began: number])[];
  readonly settled: readonly string[];
}

export const codec: Codec<Conversation> = {
  save({ printer: { open, adjustments, adjusted }, settled, trying }) {
    const saved: Saved = { open: [...open], adjustments, adjusted, settled: [...settled], trying };
    return toJson(saved);
  },
  load(json) {
    const { open, adjustments, adjusted, settled, trying } = fromJson(json) as Saved;
    const conversation = new Conversation(new Printer(open, adjustments, adjusted), settled);
    conversation.trying = trying;
    return conversation;
  },
};
