import { setTimeout as pause } from "node:timers/promises";
import { judgeCommands } from "../answers.js";
import { Farm, QUIET } from "../farm.js";
import { Feed } from "../feed.js";
import { cannotOpen, Place, WINDOWS_CLOSED } from "../place.js";
import { sequence } from "../random.js";
import { judgeRows } from "../rows.js";
import { type Finding, type Options, type Scenario, told } from "../scenario.js";

/** So long it runs until it is killed, and so long it is dead, at most. ms */
const UP = 5_000;
const DOWN = 1_000;
/** One in so many kills comes while it starts, so long after that began at most. ms */
const EARLY = { each: 4, within: 1_500 };

const figures = ({ kills, rate, small }: Options) => ({
  kills: kills ?? (small ? 4 : 20),
  rate: rate ?? (small ? 500 : 5_000),
});

/** Something more that happens to the surroundings of the program while it is killed. */
interface Besides {
  readonly what: string;
  begin(place: Place): Promise<void>;
  end(place: Place): Promise<void>;
}

/**
 * Two brokers are given the same readings at the same time. One program is left alone, the other is killed again and again,
 * while it starts too; in the end both databases must hold the same.
 */
const killing = (name: string, besides?: Besides): Scenario => ({
  name,
  injects(options) {
    const { kills, rate } = figures(options);
    return `${kills} x kill -9 at ${rate} readings/s${besides ? `, ${besides.what}` : ""}`;
  },
  cannot: cannotOpen,
  async run(options, say) {
    const { kills, rate } = figures(options);
    const places = [await Place.open(), await Place.open()] as const;
    try {
      const [undisturbed, disturbed] = places;
      await Promise.all(places.map((place) => place.start().line("running")));
      const farm = new Farm(rate, options.seed, Date.now() - QUIET * 1000);
      const feeds = await Promise.all(places.map(({ broker }) => Feed.start(broker.url, farm)));
      await Promise.all(feeds.map((feed) => feed.caughtUp()));
      say(`${QUIET} s of readings sent, now killing`);
      await besides?.begin(disturbed);
      const { early, took } = await killAgainAndAgain(disturbed, kills, options.seed, say);
      await besides?.end(disturbed);
      await pause(UP);
      const count = feeds[0]!.due;
      await Promise.all(feeds.map((feed) => feed.finish(count)));
      say(`${count} readings sent, waiting until all is written`);
      await Promise.all(places.map((place) => place.settled(WINDOWS_CLOSED)));
      await Promise.all(places.map(({ program }) => program.end("SIGINT")));
      say("comparing");
      return [
        told("killed before it said that it runs", early),
        told("longest start", `${(Math.max(...took) / 1000).toFixed(1)} s`),
        ...(await judgeRows(undisturbed, disturbed, farm, count)),
        ...judgeCommands(undisturbed, disturbed, farm, count),
        ...judgeLog(disturbed),
      ];
    } finally {
      await Promise.all(places.map((place) => place.close()));
    }
  },
});

export const kill = killing("kill");

/** What waits for a database must not be lost with the program. */
export const killWithoutDatabase = killing("kill-without-database", {
  what: "the database down meanwhile",
  begin: ({ database }) => database.stop(),
  end: ({ database }) => database.run(),
});

/** What came of the starts of a program that is killed again and again. */
interface Starts {
  /** How many were killed before they came to their end. */
  early: number;
  /** ms until it said that it runs, of those that did. */
  readonly took: number[];
}

/** Resolves when it was started for the last time. */
async function killAgainAndAgain(
  place: Place,
  kills: number,
  seed: number,
  say: (text: string) => void,
): Promise<Starts> {
  const random = sequence(seed);
  const starts: Starts = { early: 0, took: [] };
  for (let i = 1; i <= kills; i++) {
    const early = i % EARLY.each === 0;
    if (!early) starts.took.push(await untilRunning(place));
    await pause(random() * (early ? EARLY.within : UP));
    if (early) starts.early++;
    await place.kill();
    say(`kill ${i} of ${kills}${early ? ", while starting" : ""}`);
    await pause(random() * DOWN);
    place.start();
  }
  starts.took.push(await untilRunning(place));
  return starts;
}

/** ms from now, which is just after its start, until it says that it runs. */
async function untilRunning(place: Place): Promise<number> {
  const began = performance.now();
  await place.program.line("running");
  return performance.now() - began;
}

function judgeLog(place: Place): Finding[] {
  const errors = place.complaints("error");
  return [told("errors that it logged", errors.length === 0 ? "none" : [...new Set(errors)].join("; "))];
}
