import { cannotOpen } from "../place.js";
import type { Finding, Options, Scenario } from "../scenario.js";
import { judgeTrouble } from "../trouble.js";
import { onStage } from "../stage.js";

/** ms */
const SLOW = 3_000;

const figures = ({ rate, seconds, small }: Options) => ({
  rate: rate ?? (small ? 500 : 5_000),
  seconds: seconds ?? (small ? 10 : 60),
});

/** It goes away, and when it is back and all that waited comes at once each write takes its time. */
export const weakDatabase: Scenario = {
  name: "weak-database",
  injects(options) {
    const { rate, seconds } = figures(options);
    return `database down for ${seconds / 2} s, then ${SLOW / 1000} s a write for as long, at ${rate} readings/s`;
  },
  cannot: cannotOpen,
  run(options, say) {
    const { rate, seconds } = figures(options);
    return onStage(rate, options, async (stage) => {
      const { database, gate } = stage.place;
      return judgeTrouble(stage, seconds, say, {
        begin: () => database.stop(),
        turn() {
          gate.trouble = { kind: "slow", ms: SLOW };
          return database.run();
        },
        end: () => void (gate.trouble = { kind: "none" }),
      });
    });
  },
};

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
