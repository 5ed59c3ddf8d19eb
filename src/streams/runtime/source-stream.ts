import { catchError, EMPTY, type Observable, tap } from "rxjs";
import type { Source } from "../component/definition.js";
import type { SharedStream } from "../journal/shared.js";
import { isMark } from "../record/record.js";
import { GROUP } from "./checkpoint/checkpointer.js";
import { Inlet } from "./inlet.js";
import type { Emission } from "./emission.js";
import { markIdle } from "./idle.js";
import { KeptSource } from "./kept-source.js";
import { type Kept, type OpenNode, statefulOf } from "./open.js";
import { readSource } from "./read-source.js";
import { SharedSource } from "./shared-source.js";
import type { WireOptions } from "./wire-options.js";

type AnySource = Extract<OpenNode, { readonly role: "source" }>;
type OpenSource = Extract<OpenNode, { readonly source: Source<unknown> }>;
type OpenShared = Extract<OpenNode, { readonly shared: SharedStream }>;

export interface SourceStream {
  readonly emissions: Observable<Emission>;
  /** Has the source read something again. False where that cannot be now; absent where it never can. */
  readonly again: ((place: string, text: string) => boolean) | undefined;
}

/** What a source gives out, with marks for keys that went silent; through the journal where its stream is kept. */
export function sourceStream(open: AnySource, options: WireOptions): SourceStream {
  const { metrics } = open;
  const { emissions, again } = open.shared ? sharedStream(open, options) : ownStream(open, options);
  const counted = emissions.pipe(
    catchError((cause: unknown) => {
      options.fail(cause);
      return EMPTY;
    }),
    tap(({ main, aside }) => {
      if (aside) return;
      options.replayClock?.observe(main);
      let records = 0;
      for (const element of main) if (!isMark(element)) records++;
      metrics.in += records;
      metrics.out += records;
    }),
  );
  return { emissions: counted, again };
}

function ownStream(open: OpenSource, options: WireOptions): SourceStream {
  const { emissions, again } = open.kept ? keptStream(open, open.kept, options) : plainStream(open, options);
  return { emissions, again: open.source.again && again };
}

function plainStream({ source, idle }: OpenSource, { time, stop, admission }: WireOptions): SourceStream {
  const inlet = new Inlet<Emission>();
  const read = readSource(() => emissionsOf(source, stop), admission).pipe(inlet.beside());
  return {
    emissions: idle ? read.pipe(markIdle(idle, time)) : read,
    again: (place, text) => inlet.flows && inlet.put({ main: source.again!(place, text) }),
  };
}

async function* emissionsOf(source: Source<unknown>, stop: AbortSignal): AsyncGenerator<Emission> {
  for await (const given of source.read(stop)) yield "epoch" in given ? { main: [], barrier: given } : { main: given };
}

function keptStream(
  open: OpenSource,
  { stream, durability, recent, elsewhere }: Kept,
  { checkpoints, deadLetters, clock, stop, admission }: WireOptions,
): SourceStream {
  const { source, idle, log } = open;
  const { name } = open.node;
  const checkpointer = checkpoints?.checkpointer;
  const stateful = statefulOf(open);
  const keeping = new KeptSource(source, {
    stream,
    durability,
    elsewhere,
    from: checkpoints?.from.get(name) ?? stream.ends(),
    heard: checkpoints?.heard?.get(name),
    idle,
    recent,
    letters: deadLetters,
    clock,
    log,
    passing: (barrier, offsets) => checkpointer?.sourcePassed(name, barrier, offsets, stateful),
    meet: (epoch) => checkpointer?.meeting.reach(name, epoch) ?? Promise.resolve(true),
    leave: () => checkpointer?.meeting.leave(name),
    last: () => checkpointer?.last() ?? Promise.resolve(undefined),
  });
  checkpointer?.add({
    name,
    get offsets() {
      return keeping.offsets;
    },
    // Before that it has no offsets.
    caughtUp: true,
    barrier: (barrier) => keeping.barrier(barrier),
    commit: (offsets) => stream.commit(GROUP, offsets),
    sync: () => stream.sync(),
  });
  return { emissions: keeping.run(stop, admission), again: (place, text) => keeping.again(place, text) };
}

function sharedStream(open: OpenShared, { checkpoints, share, stop, admission }: WireOptions): SourceStream {
  const { node, log, shared: stream } = open;
  const { name } = node;
  if (!checkpoints || !share) throw new Error("a stream is shared by runs that take checkpoints");
  const { checkpointer, from, ends } = checkpoints;
  const { partitions } = share;
  const sharing = new SharedSource({
    stream,
    partitions,
    from: from.get(name)!,
    ends: ends!.get(name)!,
    log,
    passing: (barrier, offsets) => checkpointer.sourcePassed(name, barrier, offsets, {}),
    last: () => checkpointer.last(),
  });
  checkpointer.add({
    name,
    get offsets() {
      return sharing.offsets;
    },
    get caughtUp() {
      return sharing.caughtUp;
    },
    barrier: (barrier) => sharing.barrier(barrier),
    commit: (offsets) => stream.commit(offsets, new Set([...partitions].filter((each) => share.owns(each)))),
    // Whoever wrote the stream saw to that before it could be read.
    sync: () => Promise.resolve(),
  });
  return { emissions: sharing.run(stop, admission), again: undefined };
}
