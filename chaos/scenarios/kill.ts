import { setTimeout as pause } from "node:timers/promises";
import { judgeCommands } from "../answers.js";
import { Farm, QUIET } from "../farm.js";
import { Feed } from "../feed.js";
import { cannotOpen, Place, WINDOWS_CLOSED } from "../place.js";
import { sequence } from "../random.js";
import { judgeRows } from "../rows.js";
import { type Finding, type Options, type Scenario, told } from "../scenario.js";

/** Between a start and the kill, and between the kill and the next start, at most. ms */
const UP = 6_000;
const DOWN = 1_000;

const figures = ({ kills, rate, small }: Options) => ({
  kills: kills ?? (small ? 4 : 20),
  rate: rate ?? (small ? 500 : 5_000),
});

/**
 * Two brokers are given the same readings at the same time. One program is left alone, the other is killed again and again,
 * while it starts too; in the end both databases must hold the same.
 */
export const kill: Scenario = {
  name: "kill",
  injects(options) {
    const { kills, rate } = figures(options);
    return `${kills} x kill -9 at ${rate} readings/s`;
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
      const early = await killAgainAndAgain(disturbed, kills, options.seed, say);
      await disturbed.program.line("running");
      await pause(DOWN);
      const count = feeds[0]!.due;
      await Promise.all(feeds.map((feed) => feed.finish(count)));
      say(`${count} readings sent, waiting until all is written`);
      await Promise.all(places.map((place) => place.settled(WINDOWS_CLOSED)));
      await Promise.all(places.map(({ program }) => program.end("SIGINT")));
      say("comparing");
      return [
        told("killed before it said that it runs", early),
        ...(await judgeRows(undisturbed, disturbed, farm, count)),
        ...judgeCommands(undisturbed, disturbed, farm, count),
        ...judgeLog(disturbed),
      ];
    } finally {
      await Promise.all(places.map((place) => place.close()));
    }
  },
};

/** Resolves when it was started for the last time, with how many starts never came to their end. */
async function killAgainAndAgain(
  place: Place,
  kills: number,
  seed: number,
  say: (text: string) => void,
): Promise<number> {
  const random = sequence(seed);
  let early = 0;
  for (let i = 1; i <= kills; i++) {
    // The first one runs already: cut like the others, by the time since it was told to start.
    await pause(random() * UP);
    const running = place.program.logged("running").length > 0;
    await place.kill();
    if (!running) early++;
    say(`kill ${i} of ${kills}${running ? "" : ", while starting"}`);
    await pause(random() * DOWN);
    place.start();
  }
  return early;
}

function judgeLog(place: Place): Finding[] {
  const errors = place.complaints("error");
  return [told("errors that it logged", errors.length === 0 ? "none" : [...new Set(errors)].join("; "))];
}
