import { setTimeout as pause } from "node:timers/promises";
import { memoryOf } from "../bench/process.js";
import { median } from "../bench/farm/figures.js";
import { judgePromptness } from "./answers.js";
import { Farm, type FarmOptions, QUIET } from "./farm.js";
import type { Feed } from "./feed.js";
import { Place } from "./place.js";
import { Promptness } from "./promptness.js";
import { judgeReadings, type Wanted } from "./readings.js";
import type { Finding, Options } from "./scenario.js";

const LOOK_EVERY = 1_000;
/** Until the first half minute of readings is no longer felt. ms */
const AFTER = 2_000;
/** Rows come at least so often while any are left to write, with the longest pause between two attempts. ms */
const QUIET_ROWS = 6_000;

/** A span of a run, ms of `performance.now()`, and what memory the program took in it, MB, once a second. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly memory: readonly number[];
}

export interface Setting {
  /** The program's STATE_DIR. */
  readonly folder?: string;
  /** Clocks of printers. */
  readonly wrong?: NonNullable<FarmOptions["wrong"]>;
}

/** A place, its farm that publishes all the time, and one program that trouble comes to. */
export class Stage {
  private constructor(
    readonly place: Place,
    readonly farm: Farm,
    readonly feed: Feed,
    readonly promptness: Promptness,
  ) {}

  /** Resolves when the program runs and has been sent half a minute of readings, so that its windows are full. */
  static async open(rate: number, { seed, nats }: Options, { folder, wrong }: Setting = {}): Promise<Stage> {
    const place = await Place.open({ nats, folder });
    try {
      await place.start();
      const farm = new Farm({ rate, seed, start: Date.now() - QUIET * 1000, ...(wrong && { wrong }) });
      const feed = await place.feed(farm);
      const promptness = new Promptness(farm, feed, place.commands);
      await feed.caughtUp();
      await pause(AFTER);
      return new Stage(place, farm, feed, promptness);
    } catch (cause) {
      await place.close();
      throw cause;
    }
  }

  /** Lets so many ms go by. */
  async span(ms: number): Promise<Span> {
    const from = performance.now();
    const memory: number[] = [];
    while (performance.now() - from < ms) {
      await pause(Math.min(LOOK_EVERY, ms - (performance.now() - from)));
      memory.push(memoryOf(this.place.instance.program.pid).now);
    }
    return { from, to: performance.now(), memory };
  }

  /** Ends the farm, waits until all is written, and ends the program. Resolves with how many readings were sent. */
  async finish(): Promise<number> {
    const count = this.feed.due;
    await this.feed.finish(count);
    await this.place.settled(QUIET_ROWS);
    await this.place.end();
    return count;
  }

  /** Whether the database has each of so many readings once, and no command came too late. */
  async judge(count: number, wanted: Wanted = {}): Promise<Finding[]> {
    return [...(await judgeReadings(this.place, this.farm, count, wanted)), ...judgePromptness(this.place.commands)];
  }

  async close(): Promise<void> {
    await this.place.close();
  }
}

/** Opens a stage, lets `act` do harm on it, and leaves nothing behind. */
export async function onStage<Found>(
  rate: number,
  options: Options,
  act: (stage: Stage) => Promise<Found>,
  setting?: Setting,
): Promise<Found> {
  const stage = await Stage.open(rate, options, setting);
  try {
    return await act(stage);
  } finally {
    await stage.close();
  }
}

/** `412 MB, at most 430` */
export function memoryText({ memory }: Span): string {
  return `${Math.round(median(memory))} MB, at most ${Math.round(Math.max(...memory))}`;
}
