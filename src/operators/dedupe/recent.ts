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

  /** Those of `entries`, the newest of them where there is no room for all. */
  static of(entries: Float64Array, size: number): Recent {
    const recent = new Recent(size);
    for (let i = 0; i < entries.length; i += 2) recent.add(entries[i]!, entries[i + 1]!);
    return recent;
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

  /** Time and print of each by turns, oldest first. */
  entries(): Float64Array {
    const size = this.#times.length;
    const entries = new Float64Array(2 * size);
    let length = 0;
    for (let i = 0; i < size; i++) {
      const at = (this.#next + i) % size;
      if (Number.isNaN(this.#times[at])) continue;
      entries[length++] = this.#times[at]!;
      entries[length++] = this.#prints[at]!;
    }
    return entries.subarray(0, length);
  }

  #holds(time: number, print: number): boolean {
    for (let at = this.#times.indexOf(time); at >= 0; at = this.#times.indexOf(time, at + 1))
      if (this.#prints[at] === print) return true;
    return false;
  }
}
