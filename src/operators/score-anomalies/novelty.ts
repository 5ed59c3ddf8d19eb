import type { Memory } from "./memory.js";
import type { Recent } from "./recent.js";

/** A shape is so many means of neighbouring values. */
const POINTS = 16;
const SHAPES = 96;
const SHORTEST = 16;
const [LENGTH, STORED, ROWS, USUAL] = [0, 1, 2, 3] as const;

/**
 * How unlike all shapes seen so far the last rows are: the distance to the nearest of a bounded collection. A relative of
 * the left-discord (Lu et al., "Matrix Profile XXIV: DAMP", KDD 2022), whose past is compared in full.
 *
 * A shape goes in only when the rows that it shares with the present one have passed, and only where the collection has
 * none that is as near as neighbours usually are. When full, the one that was like nothing for longest goes.
 */
export class Novelty {
  readonly #shapes: Float64Array;
  readonly #used: Float64Array;
  readonly #state: Float64Array;
  readonly #now = new Float64Array(POINTS);
  #nearest = 0;

  constructor(memory: Memory) {
    this.#shapes = memory.take(SHAPES * POINTS);
    this.#used = memory.take(SHAPES);
    this.#state = memory.take(4);
  }

  /** Starts over with shapes of about this many rows: one period, where there is one. */
  begin(rows: number): void {
    this.#state.fill(0);
    this.#state[LENGTH] = Math.max(1, Math.round(Math.max(rows, SHORTEST) / POINTS)) * POINTS;
  }

  /** Distance of the last rows to the nearest known shape, as root mean square; 0 while too few are known. */
  distance(recent: Recent): number {
    const state = this.#state;
    state[ROWS] = state[ROWS]! + 1;
    if (state[LENGTH] === 0 || recent.rows < state[LENGTH]! || state[STORED]! < 4) return 0;
    const squares = this.#find(recent, 0);
    this.#used[this.#nearest] = state[ROWS]!;
    return Math.sqrt(squares / POINTS);
  }

  /** Takes the shape into the collection that ended one length ago. Call it for rows that are not in doubt. */
  learn(recent: Recent): void {
    const state = this.#state;
    const length = state[LENGTH]!;
    if (length === 0 || recent.rows < 2 * length || recent.rows % (length / POINTS) !== 0) return;
    const squares = state[STORED]! === 0 ? Infinity : this.#find(recent, length);
    if (state[STORED] === 0) this.#read(recent, length);
    if (Number.isFinite(squares)) {
      const rate = state[USUAL] === 0 ? 1 : 0.02;
      state[USUAL] = state[USUAL]! + rate * (Math.sqrt(squares) - state[USUAL]!);
      if (Math.sqrt(squares) < 0.8 * state[USUAL] && state[STORED]! >= 4) return;
    }
    const slot = state[STORED]! < SHAPES ? state[STORED]! : this.#leastUsed();
    this.#shapes.set(this.#now, slot * POINTS);
    this.#used[slot] = state[ROWS]!;
    state[STORED] = Math.max(state[STORED]!, slot + 1);
  }

  #read(recent: Recent, back: number): void {
    const step = this.#state[LENGTH]! / POINTS;
    for (let i = 0; i < POINTS; i++) this.#now[i] = recent.mean(back + (POINTS - 1 - i) * step, step);
  }

  /** Sum of squared differences between the rows that ended `back` rows ago and the nearest shape. */
  #find(recent: Recent, back: number): number {
    this.#read(recent, back);
    const [shapes, now, stored] = [this.#shapes, this.#now, this.#state[STORED]!];
    let best = Infinity;
    for (let shape = 0; shape < stored; shape++) {
      let sum = 0;
      // Given up half-way where it is further than the best already.
      for (let i = 0, at = shape * POINTS; i < POINTS && sum < best; i += 4, at += 4)
        for (let j = 0; j < 4; j++) sum += (now[i + j]! - shapes[at + j]!) ** 2;
      if (sum < best) {
        best = sum;
        this.#nearest = shape;
      }
    }
    return best;
  }

  #leastUsed(): number {
    let slot = 0;
    for (let i = 1; i < SHAPES; i++) if (this.#used[i]! < this.#used[slot]!) slot = i;
    return slot;
  }
}
