import { PoisonRecordError } from "../../streams/component/errors.js";
import type { StreamRecord } from "../../streams/record/record.js";
import type { Features } from "../../streams/record/values.js";

/** What became of a record: a row for the model, nothing to say, or why it cannot be one. */
type Outcome = "row" | "empty" | PoisonRecordError;

/** Where the wanted features stand in records with these names. */
interface Layout {
  readonly names: readonly string[];
  readonly features: Int32Array;
  readonly carried: Int32Array;
}

/** Gathers the features of a batch into rows in the model's order. The buffer is used again for every batch. */
export class Gathering {
  readonly #features: readonly string[];
  readonly #carried: readonly string[];
  #layout: Layout | undefined;
  /** The rows of the last batch, in the card's order. */
  values: Float32Array;
  /** One a record of the last batch. */
  readonly outcomes: Outcome[] = [];

  constructor(features: readonly string[], carried: readonly string[], size: number) {
    this.#features = features;
    this.#carried = carried;
    this.values = new Float32Array(size * features.length);
  }

  /** Fills `values` and `outcomes`, and says how many rows there are. */
  gather(records: readonly StreamRecord<Features>[]): number {
    const width = this.#features.length;
    if (this.values.length < records.length * width) this.values = new Float32Array(records.length * width);
    this.outcomes.length = records.length;
    let rows = 0;
    for (let i = 0; i < records.length; i++) {
      const outcome = this.#gatherOne(records[i]!.value, rows * width);
      this.outcomes[i] = outcome;
      if (outcome === "row") rows++;
    }
    return rows;
  }

  /** Copies the carried features that were measured. */
  carry({ names, values }: Features, into: Record<string, number>): void {
    const { carried } = this.#layoutOf(names);
    for (let i = 0; i < carried.length; i++) {
      const value = values[carried[i]!];
      if (Number.isFinite(value)) into[this.#carried[i]!] = value!;
    }
  }

  #gatherOne({ names, values }: Features, at: number): Outcome {
    const layout = this.#layoutOf(names);
    const { features } = layout;
    let measured = 0;
    for (let i = 0; i < features.length; i++) {
      const place = features[i]!;
      if (place < 0) return new PoisonRecordError(`the record has no feature "${this.#features[i]!}"`);
      const value = values[place]!;
      if (value === Infinity || value === -Infinity) {
        return new PoisonRecordError(`feature "${this.#features[i]!}" is ${value}`);
      }
      if (!Number.isNaN(value)) measured++;
      this.values[at + i] = value;
    }
    return measured > 0 ? "row" : "empty";
  }

  /** All records of a node share one array of names, so this is looked up once for each node that comes in. */
  #layoutOf(names: readonly string[]): Layout {
    if (this.#layout?.names !== names) {
      const places = (wanted: readonly string[]) => Int32Array.from(wanted, (name) => names.indexOf(name));
      this.#layout = { names, features: places(this.#features), carried: places(this.#carried) };
    }
    return this.#layout;
  }
}
