/** The last readings of one printer: when they were and what they held, oldest overwritten first. */
export class Recent {
  readonly #times: Float64Array;
  readonly #prints: Uint32Array;
  #next = 0;
  #newest = -Infinity;

  constructor(size: number) {
    this.#times = new Float64Array(size).fill(NaN);
    this.#prints = new Uint32Array(size);
  }

  /** True where this was seen before; otherwise it is taken note of. */
  repeats(time: number, print: number): boolean {
    // In the ordinary case time moves on, and nothing has to be looked up.
    if (time <= this.#newest && this.#holds(time, print)) return true;
    this.add(time, print);
    return false;
  }

  add(time: number, print: number): void {
    this.#times[this.#next] = time;
    this.#prints[this.#next] = print;
    this.#next = (this.#next + 1) % this.#times.length;
    if (time > this.#newest) this.#newest = time;
  }

  /** Oldest first. */
  entries(): [number, number][] {
    const entries: [number, number][] = [];
    for (let i = 0; i < this.#times.length; i++) {
      const at = (this.#next + i) % this.#times.length;
      if (!Number.isNaN(this.#times[at])) entries.push([this.#times[at]!, this.#prints[at]!]);
    }
    return entries;
  }

  #holds(time: number, print: number): boolean {
    for (let at = this.#times.indexOf(time); at >= 0; at = this.#times.indexOf(time, at + 1))
      if (this.#prints[at] === print) return true;
    return false;
  }
}
