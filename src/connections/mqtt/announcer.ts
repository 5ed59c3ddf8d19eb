import type { Log } from "../../streams/component/context.js";
import type { Clock } from "../../streams/time/clock.js";

/** While a broker stays away for the same reason it is said once in so many ms. */
const SAY_AGAIN = 60_000;

export type BrokerState = "connecting" | "connected" | "away";

/** Sums up the connections to one broker, so that the log says once what happens to all of them. */
export class Announcer {
  readonly #states = new Map<object, BrokerState>();
  readonly #address: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #said: { readonly reason: string; readonly at: number } | undefined;
  #greeted = false;

  constructor(address: string, clock: Clock, log: Log) {
    this.#address = address;
    this.#clock = clock;
    this.#log = log;
  }

  get state(): BrokerState {
    const states = [...this.#states.values()];
    if (states.includes("away")) return "away";
    return states.includes("connecting") || states.length === 0 ? "connecting" : "connected";
  }

  /** Why the broker was last found away; undefined while it is there. */
  get reason(): string | undefined {
    return this.#said?.reason;
  }

  connecting(link: object): void {
    this.#states.set(link, "connecting");
  }

  connected(link: object, version: number): void {
    this.#states.set(link, "connected");
    if (this.#said) {
      if (this.state === "away") return;
      this.#said = undefined;
      this.#log.info("MQTT broker is back", { address: this.#address });
    } else if (!this.#greeted) {
      this.#log.info("connected to MQTT broker", { address: this.#address, protocol: version === 5 ? "5" : "3.1.1" });
    }
    this.#greeted = true;
  }

  away(link: object, reason: string): void {
    this.#states.set(link, "away");
    const now = this.#clock.now();
    if (this.#said?.reason === reason && now - this.#said.at < SAY_AGAIN) return;
    this.#said = { reason, at: now };
    this.#log.warn("MQTT broker is away, trying again", { address: this.#address, reason });
  }

  /** This connection was ended by us. */
  ended(link: object): void {
    this.#states.delete(link);
  }
}
