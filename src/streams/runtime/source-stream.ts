import { catchError, EMPTY, type Observable, tap } from "rxjs";
import type { Source } from "../component/definition.js";
import { isMark } from "../record/record.js";
import { GROUP } from "./checkpoint/checkpointer.js";
import { Inlet } from "./inlet.js";
import type { Emission } from "./emission.js";
import { markIdle } from "./idle.js";
import { KeptSource } from "./kept-source.js";
import { type Kept, type OpenNode, statefulOf } from "./open.js";
import { readSource } from "./read-source.js";
import type { WireOptions } from "./wire-options.js";

type OpenSource = OpenNode & { readonly role: "source" };

export interface SourceStream {
  readonly emissions: Observable<Emission>;
  /** Has the source read something again. False where that cannot be now; absent where it never can. */
  readonly again: ((place: string, text: string) => boolean) | undefined;
}

/** What a source gives out, with marks for keys that went silent; through the journal where its stream is kept. */
export function sourceStream(open: OpenSource, options: WireOptions): SourceStream {
  const { source, metrics, kept } = open;
  const { emissions, again } = kept ? keptStream(open, kept, options) : plainStream(open, options);
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
  return { emissions: counted, again: source.again && again };
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
  { stream, durability, recent }: Kept,
  { checkpoints, deadLetters, clock, stop, admission }: WireOptions,
): SourceStream {
  const { source, idle, log } = open;
  const { name } = open.node;
  const checkpointer = checkpoints?.checkpointer;
  const stateful = statefulOf(open);
  const keeping = new KeptSource(source, {
    stream,
    durability,
    from: checkpoints?.from.get(name) ?? stream.ends(),
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
    barrier: (barrier) => keeping.barrier(barrier),
    commit: (offsets) => stream.commit(GROUP, offsets),
    sync: () => stream.sync(),
  });
  return { emissions: keeping.run(stop, admission), again: (place, text) => keeping.again(place, text) };
}
