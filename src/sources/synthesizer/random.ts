/**
 * A seeded generator: sfc32, "small fast counting", 32 bit, by Chris Doty-Humphrey (PractRand 0.94, 2010). 128 bits of
 * state, period at least 2^32, passes BigCrush. The three seeds name a run, a printer and a purpose, so that each has a
 * sequence of its own and drawing more for one never moves another.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spare = NaN;

  constructor(run: number, printer: number, purpose: number) {
    this.#a = run | 0;
    this.#b = printer | 0;
    this.#c = purpose | 0;
    // PractRand draws 15 numbers after seeding, so that neighbouring seeds have nothing in common.
    for (let i = 0; i < 15; i++) this.#bits();
  }

  /** From 0, inclusive, to 1, exclusive. */
  uniform(): number {
    return (this.#bits() >>> 0) / 0x1_0000_0000;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number from `low` to `high`, both inclusive. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[this.whole(0, from.length - 1)]!;
  }

  /** A waiting time: exponential with the given mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Mean 0, deviation 1: the polar method (Marsaglia & Bray 1964), which makes two at a time. */
  gaussian(): number {
    const spare = this.#spare;
    if (!Number.isNaN(spare)) {
      this.#spare = NaN;
      return spare;
    }
    let x: number, y: number, square: number;
    do {
      x = 2 * this.uniform() - 1;
      y = 2 * this.uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.#spare = y * factor;
    return x * factor;
  }

  #bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }
}
