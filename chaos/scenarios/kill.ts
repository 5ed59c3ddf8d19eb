import { setTimeout as pause } from "node:timers/promises";
import { QUIET } from "../farm.js";
import { killAgainAndAgain, PATIENCE } from "../killing.js";
import { onPair } from "../pair.js";
import { cannotOpen, type Place } from "../place.js";
import { type Options, type Scenario, told } from "../scenario.js";

/** Readings a second of one printer: two programs with their models run side by side, beside their brokers and databases. */
const HERTZ = 25;
/** After the last kill readings go on for so long. ms */
const AFTER = 5_000;

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
    return onPair({ rate, hertz: HERTZ }, options, async (pair) => {
      const { disturbed } = pair;
      say(`${QUIET} s of readings sent, now killing`);
      await besides?.begin(disturbed);
      // Without a database nobody sees how far it has come.
      const plan = { seed: options.seed, patience: besides ? 0 : PATIENCE };
      const { early, took, spared } = await killAgainAndAgain(disturbed, kills, plan, say);
      await besides?.end(disturbed);
      await pause(AFTER);
      const count = await pair.finish(say);
      say("comparing");
      return [
        told("killed before it said that it runs", early),
        told("longest start", seconds(Math.max(...took))),
        told("let be to catch up, all in all", seconds(spared)),
        ...(await pair.judge(count)),
      ];
    });
  },
});

export const kill = killing("kill");

/** What waits for a database must not be lost with the program. */
export const killWithoutDatabase = killing("kill-without-database", {
  what: "the database down meanwhile",
  begin: ({ database }) => database.stop(),
  end: ({ database }) => database.run(),
});

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
