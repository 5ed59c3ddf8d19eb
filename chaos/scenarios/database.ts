import { cannotOpen } from "../place.js";
import type { Finding, Options, Scenario } from "../scenario.js";
import { judgeTrouble } from "../trouble.js";
import { onStage } from "../stage.js";

const figures = ({ rate, seconds, small }: Options) => ({
  rate: rate ?? (small ? 500 : 5_000),
  seconds: seconds ?? (small ? 10 : 60),
});

/** The database goes away and comes back with all that it held. */
export const database: Scenario = {
  name: "database",
  injects(options) {
    const { rate, seconds } = figures(options);
    return `database down for ${seconds} s at ${rate} readings/s`;
  },
  cannot: cannotOpen,
  run(options, say): Promise<readonly Finding[]> {
    const { rate, seconds } = figures(options);
    return onStage(rate, options, async (stage) => {
      const { database } = stage.place;
      return judgeTrouble(stage, seconds, say, { begin: () => database.stop(), end: () => database.run() });
    });
  },
};
