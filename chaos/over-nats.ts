import { cannotOpenNats } from "./place.js";
import type { Scenario } from "./scenario.js";

/** The same with a nats-server, and the disturbed program at work on what it ships there. */
export function overNats({ name, injects, cannot, run }: Scenario): Scenario {
  return {
    name: `${name}-nats`,
    injects: (options) => `${injects(options)}, over NATS`,
    cannot: () => cannot?.() ?? cannotOpenNats(),
    run: (options, say) => run({ ...options, nats: true }, say),
  };
}
