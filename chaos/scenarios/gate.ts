import type { Trouble } from "../gate.js";
import { cannotOpen } from "../place.js";
import { type Options, type Scenario, told } from "../scenario.js";
import { onStage } from "../stage.js";
import { judgeTrouble } from "../trouble.js";

const figures = ({ rate, seconds, small }: Options) => ({
  rate: rate ?? (small ? 500 : 5_000),
  seconds: seconds ?? (small ? 10 : 30),
});

/** The database is there, and something before it is in trouble. */
const behindGate = (name: string, what: string, trouble: Trouble): Scenario => ({
  name,
  injects(options) {
    const { rate, seconds } = figures(options);
    return `${what} for ${seconds} s at ${rate} readings/s`;
  },
  cannot: cannotOpen,
  run(options, say) {
    const { rate, seconds } = figures(options);
    return onStage(rate, options, async (stage) => {
      const { gate } = stage.place;
      const findings = await judgeTrouble(stage, seconds, say, {
        begin: () => void (gate.trouble = trouble),
        end: () => void (gate.trouble = { kind: "none" }),
      });
      return [told("writes that met with it", gate.troubled), ...findings];
    });
  },
});

export const slowDatabase = behindGate("slow-database", "each write takes 3 s", { kind: "slow", ms: 3_000 });
export const cuttingDatabase = behindGate("cutting-database", "each write is cut, half of them after they are stored", {
  kind: "cut",
});
export const refusingDatabase = behindGate("refusing-database", "503 to each write", { kind: "refuse", status: 503 });
export const busyDatabase = behindGate("busy-database", "429 to each write, Retry-After: 2", {
  kind: "refuse",
  status: 429,
  retryAfter: 2,
});
