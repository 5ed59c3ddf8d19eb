import { isLineSink } from "../component/definition.js";
import type { StreamRecord } from "../record/record.js";
import type { Inlet } from "./inlet.js";
import type { Arrival } from "./emission.js";
import type { OpenNode } from "./open.js";

/** Something that was put aside, on its way back to its node. */
export type Returning =
  /** A record, as it arrived by an input; for a sink of lines also one whose value is the line. */
  | { readonly record: StreamRecord; readonly input: number }
  /** What a source had refused. */
  | { readonly place: string; readonly text: string };

/** `later`: nothing was taken now, and the same may be asked again in a while. */
export type Answer = "taken" | "later" | { readonly refused: string };

/** Brings a record back to an operator or a sink, as an ordinary arrival. */
export function returnTo(open: OpenNode, arrivals: Inlet<Arrival>, returning: Returning): Answer {
  if (!("record" in returning)) return { refused: "it came from a source, and the node is none any more" };
  const { record, input } = returning;
  if (input >= open.node.inputs.length)
    return { refused: `it came by input ${input + 1} of the node, which has ${open.node.inputs.length} now` };
  if (typeof record.value === "string" && !(open.role === "sink" && isLineSink(open.sink)))
    return { refused: "it is a line of text, and the node takes records" };
  return arrivals.put({ input, batch: [record] }) ? "taken" : "later";
}

/** Has a source read once more what it had refused. */
export function returnToSource(
  again: ((place: string, text: string) => boolean) | undefined,
  returning: Returning,
): Answer {
  if (!("place" in returning)) return { refused: "it is a record, and the node is a source now" };
  if (!again) return { refused: "a source of this type reads nothing twice: run the file again" };
  return again(returning.place, returning.text) ? "taken" : "later";
}
