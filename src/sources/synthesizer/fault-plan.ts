import { FAULT_KINDS, usualCourse, type Fault, type FaultKind } from "./faults.js";
import type { Random } from "./random.js";

/** Faults that come by chance. Times in s. */
export interface Chances {
  /** Mean time without a fault. */
  readonly every: number;
  readonly kinds: readonly FaultKind[];
}

/** When the faults of one printer begin: those that were asked for, and those that chance brings. */
export class FaultPlan {
  readonly #injected: readonly Fault[];
  #injectedSoFar = 0;
  #next = Infinity;
  #kind: FaultKind = FAULT_KINDS[0];

  /** @param first the first fault by chance, where it is not left to chance */
  constructor(
    injected: readonly Fault[],
    readonly chances: Chances | undefined,
    readonly random: Random,
    first?: Pick<Fault, "at" | "kind">,
  ) {
    this.#injected = injected.toSorted((one, other) => one.at - other.at);
    this.#draw(0);
    if (first) {
      this.#next = first.at;
      this.#kind = first.kind;
    }
  }

  /** The next fault that has begun by this time, each once. Chance waits until the printer prints. */
  due(time: number, printing: boolean): Fault | undefined {
    const injected = this.#injected[this.#injectedSoFar];
    if (injected && injected.at <= time) {
      this.#injectedSoFar++;
      return injected;
    }
    if (time < this.#next || !printing) return undefined;
    const usual = usualCourse(this.#kind);
    const fault: Fault = {
      kind: this.#kind,
      at: time,
      grow: usual.grow * this.random.between(0.8, 1.3),
      last: usual.last * this.random.between(0.8, 1.3),
      severity: this.random.between(0.85, 1.2),
    };
    this.#draw(time + fault.last);
    return fault;
  }

  #draw(from: number): void {
    if (!this.chances) {
      this.#next = Infinity;
      return;
    }
    this.#next = from + this.random.exponential(this.chances.every);
    this.#kind = this.random.pick(this.chances.kinds);
  }
}
