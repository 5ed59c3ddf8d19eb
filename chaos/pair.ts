import { judgeCommands } from "./answers.js";
import { Farm, QUIET } from "./farm.js";
import type { Feed } from "./feed.js";
import { Place, type PlaceOptions, WINDOWS_CLOSED } from "./place.js";
import { Promptness } from "./promptness.js";
import { judgeRows } from "./rows.js";
import { type Finding, type Options, told } from "./scenario.js";

export interface PairOptions {
  /** Readings a second. */
  readonly rate: number;
  /** Readings a second of one printer. */
  readonly hertz?: number;
  /** By default with its journal to itself, whatever the other works over: rows must be the same. */
  readonly undisturbed?: PlaceOptions;
  readonly disturbed?: PlaceOptions;
}

/** Two places that are given the same readings at the same time. The first one is left alone. */
export class Pair {
  private constructor(
    readonly undisturbed: Place,
    readonly disturbed: Place,
    readonly farm: Farm,
    readonly feeds: readonly [Feed, Feed],
    /** Of the disturbed one. */
    readonly promptness: Promptness,
  ) {}

  /** Resolves when both run and have been sent half a minute of readings. `ready` is called before the first of them. */
  static async open(
    { rate, hertz, undisturbed, disturbed }: PairOptions,
    { seed, nats }: Options,
    ready: (disturbed: Place) => Promise<void> = () => Promise.resolve(),
  ): Promise<Pair> {
    const places = await Promise.all([Place.open(undisturbed), Place.open({ nats, ...disturbed })]);
    try {
      await Promise.all(places.map((place) => place.start()));
      await ready(places[1]);
      const farm = new Farm({ rate, seed, start: Date.now() - QUIET * 1000, ...(hertz && { hertz }) });
      const feeds = await Promise.all([places[0].feed(farm), places[1].feed(farm)]);
      const promptness = new Promptness(farm, feeds[1], places[1].commands);
      await Promise.all(feeds.map((feed) => feed.caughtUp()));
      return new Pair(...places, farm, feeds, promptness);
    } catch (cause) {
      await Promise.all(places.map((place) => place.close()));
      throw cause;
    }
  }

  /** Ends the farm, waits until all is written and ends the programs. Resolves with how many readings were sent. */
  async finish(say: (text: string) => void): Promise<number> {
    const { undisturbed, disturbed, feeds } = this;
    const count = feeds[0].due;
    await Promise.all(feeds.map((feed) => feed.finish(count)));
    say(`${count} readings sent, waiting until all is written`);
    await Promise.all([undisturbed, disturbed].map((place) => place.settled(WINDOWS_CLOSED)));
    await Promise.all([undisturbed, disturbed].map((place) => place.end()));
    return count;
  }

  /** Whether the disturbed place has the same rows and its printers heard the same commands. */
  async judge(count: number): Promise<Finding[]> {
    return [
      ...(await judgeRows(this.undisturbed, this.disturbed, this.farm, count)),
      ...judgeCommands(this.undisturbed, this.disturbed, this.farm, count),
      ...this.disturbed.instances.map(({ errors }, i) =>
        told(`errors that ${this.#nameOf(i)} logged`, errors.length === 0 ? "none" : [...new Set(errors)].join("; ")),
      ),
    ];
  }

  async close(): Promise<void> {
    await Promise.all([this.undisturbed.close(), this.disturbed.close()]);
  }

  #nameOf(i: number): string {
    return this.disturbed.instances.length === 1 ? "it" : `instance ${i + 1}`;
  }
}

/** Opens a pair, lets `act` do harm to one of them, and leaves nothing behind. */
export async function onPair<Found>(
  setting: PairOptions,
  options: Options,
  act: (pair: Pair) => Promise<Found>,
  ready?: (disturbed: Place) => Promise<void>,
): Promise<Found> {
  const pair = await Pair.open(setting, options, ready);
  try {
    return await act(pair);
  } finally {
    await pair.close();
  }
}
