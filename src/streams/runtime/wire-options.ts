import type { Offsets } from "../journal/journal.js";
import type { Checkpointer } from "./checkpoint/checkpointer.js";
import type { Surroundings } from "./open.js";
import type { Admission } from "./queue.js";
import type { ReplayClock } from "./replay-clock.js";

export interface WireOptions extends Surroundings {
  readonly admission: Admission;
  readonly stop: AbortSignal;
  readonly giveUp: AbortSignal;
  /** A source cannot go on. */
  readonly fail: (cause: unknown) => void;
  readonly replayClock?: ReplayClock;
  /** The streams do not end here: what is held is not given out at the end. */
  readonly pauses: boolean;
  /** Present where the run can be gone on with later. */
  readonly checkpoints?: Checkpoints;
}

/** What a pipeline that is kept needs besides. */
export interface Checkpoints {
  readonly checkpointer: Checkpointer;
  /** By source: where this run goes on. */
  readonly from: ReadonlyMap<string, Offsets>;
  /** By source: up to where it has heard its stream, where a checkpoint says that apart. */
  readonly heard?: ReadonlyMap<string, Offsets>;
  /** By source that another process reads: where its stream ended as this run began. */
  readonly ends?: ReadonlyMap<string, Offsets>;
}
