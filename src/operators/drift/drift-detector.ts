import type { Output, RecordOperator, States } from "../../streams/component/definition.js";
import { readField, readNumber } from "../../streams/record/field.js";
import { fromJson, type JsonValue, toJson } from "../../streams/record/json.js";
import { derive, type Position, type StreamRecord } from "../../streams/record/record.js";
import { timeText } from "../../streams/record/timestamp.js";
import type { Features, FieldValue, Prediction, Reading, Shift, Verdict } from "../../streams/record/values.js";
import { type Codec, KeyedState } from "../../streams/time/keyed-state.js";
import { AdaptiveWindow, type Change } from "./adaptive-window.js";
import type { Options } from "./options.js";
import type { SavedWindow } from "./saved-window.js";

type Watchable = Reading | Features | Prediction;

/** An open episode: when it began and when the last change of it was found, ms since the epoch. */
interface Episode {
  readonly began: number;
  readonly found: number;
  readonly limit: number;
  readonly from: Position;
}

/** What is known of one key. */
interface Watched {
  window: AdaptiveWindow;
  newest: number;
  label: FieldValue | undefined;
  episode: Episode | undefined;
}

type SavedWatched = {
  readonly window: SavedWindow;
  readonly known: JsonValue;
};

const codec: Codec<Watched, SavedWatched> = {
  save: ({ window, ...known }) => ({ window: window.save(), known: toJson(known) }),
  load({ window: saved, known }) {
    const window = new AdaptiveWindow();
    window.load(saved);
    const { newest, label, episode } = fromJson(known) as Omit<Watched, "window">;
    return { window, newest, label, episode };
  },
};

/** A sample so much older than the newest is no straggler: the printer's clock was set back. In ms. */
const CLOCK_SET_BACK = 3_600_000;

/** Watches one field of each key for changes of its level. */
export class DriftDetector implements RecordOperator<Watchable, Verdict> {
  readonly #options: Options;
  readonly #rule: string;
  readonly #watched: KeyedState<Watched>;
  readonly state: States;

  constructor(options: Options, rule: string) {
    this.#options = options;
    this.#rule = rule;
    this.#watched = new KeyedState<Watched>(
      () => ({ window: new AdaptiveWindow(), newest: -Infinity, label: undefined, episode: undefined }),
      { limit: options.keys, codec },
    );
    this.state = { watched: this.#watched };
  }

  process(record: StreamRecord<Watchable>, output: Output<Verdict>): void {
    const { field, while: applies, by, delta, min_change: smallest, settle } = this.#options;
    const { key, eventTime, value, position } = record;
    const observed = readNumber(value, field);
    if (observed === undefined || !Number.isFinite(observed)) return;
    if (applies && !applies.holds(record)) return;
    const watched = this.#watched.of(key);
    const behind = watched.newest - eventTime;
    if (behind > 0 && behind < CLOCK_SET_BACK) return;

    const label = by === undefined ? undefined : (readField(value, by) ?? undefined);
    const another = label !== undefined && watched.label !== undefined && label !== watched.label;
    if (another || behind >= CLOCK_SET_BACK) watched.window = new AdaptiveWindow();
    watched.label = label ?? watched.label;
    watched.newest = eventTime;

    const change = watched.window.add(observed, eventTime, position, delta, smallest);
    const { episode } = watched;
    if (change) {
      const { before, after, bound } = change;
      const began = episode?.began ?? eventTime;
      const limit = before.mean + (after.mean > before.mean ? bound : -bound);
      watched.episode = { began, found: eventTime, limit, from: before.from };
      output.emit(this.#say(record, "raised", after.mean, watched.episode, shiftOf(change)));
    } else if (episode && (eventTime - episode.found >= settle || behind >= CLOCK_SET_BACK)) {
      watched.episode = undefined;
      output.emit(this.#say(record, "cleared", observed, episode));
    }
  }

  keys(): number {
    return this.#watched.size;
  }

  #say(
    record: StreamRecord<Watchable>,
    state: Verdict["state"],
    observed: number,
    { began, limit, from }: Episode,
    shift?: Shift,
  ): StreamRecord<Verdict> {
    const window = shift && { start: shift.before_start, end: shift.after_end + 1 };
    return derive(record, {
      kind: "verdict",
      rule: this.#rule,
      state,
      field: this.#options.field,
      observed,
      limit,
      estimated: record.value.kind === "prediction",
      episode: `${record.key}/${this.#rule}/${timeText(began)}`,
      ...shift,
      evidence: { ...(window && { window }), from, to: record.position },
    });
  }
}

function shiftOf({ before, after }: Change): Shift {
  return {
    before_start: before.start,
    before_end: before.end,
    before_count: before.count,
    before_mean: before.mean,
    after_start: after.start,
    after_end: after.end,
    after_count: after.count,
    after_mean: after.mean,
  };
}
