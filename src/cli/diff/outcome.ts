import type { StreamRecord } from "../../streams/record/record.js";
import { isMark } from "../../streams/record/record.js";
import type { Adjustment, Command, Verdict } from "../../streams/record/values.js";
import type { Run } from "../../streams/runtime/run.js";
import type { Topology } from "../../streams/topology/topology.js";

/** From a rule's verdict that something is wrong to the one that it is over. Times are ms since the epoch. */
export interface Episode {
  readonly printer: string;
  readonly rule: string;
  readonly start: number;
  /** Absent where the recording ended before the episode did. */
  end?: number;
}

/** What a printer would have been told. */
export interface Told {
  readonly printer: string;
  /** The sink that decided. */
  readonly node: string;
  readonly time: number;
  readonly command: Command;
}

/** What one pipeline made of a recording, in the order of event time. */
export interface Outcome {
  readonly episodes: readonly Episode[];
  readonly adjustments: readonly Told[];
}

const COMMANDS = ["speed", "nozzle_temp", "bed_temp", "fan", "flow", "pause"] as const satisfies (keyof Command)[];

/** Collects what a run concludes. Call it between `open` and `start`, and what it returns when the run has ended. */
export function watchOutcome(run: Run, topology: Topology): () => Outcome {
  const episodes = new Map<string, Episode>();
  const adjustments: Told[] = [];
  for (const { name, emits, inputs } of topology.nodes) {
    const { kind } = emits ?? {};
    // A node that passes on what others concluded concludes nothing.
    if ((kind !== "verdict" && kind !== "adjustment") || inputs.some(({ type }) => type.kind === kind)) continue;
    run.outputOf(topology.name, name)?.subscribe((batch) => {
      for (const element of batch) {
        if (isMark(element)) continue;
        if (kind === "verdict") takeVerdict(episodes, element as StreamRecord<Verdict>);
        else takeAdjustment(adjustments, name, element as StreamRecord<Adjustment>);
      }
    });
  }
  return () => ({
    episodes: [...episodes.values()].sort((a, b) => a.start - b.start),
    adjustments: adjustments.sort((a, b) => a.time - b.time),
  });
}

function takeVerdict(episodes: Map<string, Episode>, { key, eventTime, value }: StreamRecord<Verdict>): void {
  const id = JSON.stringify([value.rule, key, value.episode]);
  const known = episodes.get(id);
  if (!known) episodes.set(id, { printer: key, rule: value.rule, start: eventTime });
  else if (value.state === "cleared") known.end = eventTime;
}

function takeAdjustment(adjustments: Told[], node: string, { key, eventTime, value }: StreamRecord<Adjustment>): void {
  if (value.outcome === "withheld") return;
  const parts = COMMANDS.filter((part) => value[part] !== undefined).map((part) => [part, value[part]] as const);
  adjustments.push({ printer: key, node, time: eventTime, command: Object.fromEntries(parts) });
}
