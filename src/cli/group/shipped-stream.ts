import type { Shipper } from "../../connections/nats/shipper.js";
import { DisconnectedError } from "../../streams/component/errors.js";
import { StreamAround } from "../../streams/journal/around.js";
import type { JournalStream } from "../../streams/journal/journal.js";
import type { Element } from "../../streams/record/record.js";

/** The journal of this machine, of which everything is sent on. Whoever opened it closes it: it is sent on between runs too. */
export class ShippedStream extends StreamAround {
  readonly #shipper: Pick<Shipper, "appended">;
  readonly #mayTakeIn: () => boolean;

  /** @param mayTakeIn asked before each append; where it may not, the append fails */
  constructor(stream: JournalStream, shipper: Pick<Shipper, "appended">, mayTakeIn: () => boolean) {
    super(stream);
    this.#shipper = shipper;
    this.#mayTakeIn = mayTakeIn;
  }

  override append(elements: readonly Element[], texts: readonly string[], arrived: number): void {
    if (!this.#mayTakeIn()) throw new DisconnectedError("another instance may read by now");
    super.append(elements, texts, arrived);
    if (elements.length > 0) this.#shipper.appended({ elements, texts, arrived });
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}
