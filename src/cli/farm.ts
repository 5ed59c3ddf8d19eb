import type { Observable } from "rxjs";
import { kindOf, readNumber } from "../streams/record/field.js";
import type { Batch } from "../streams/record/record.js";
import { isMark } from "../streams/record/record.js";
import type { Adjustment, Prediction, Reading, Verdict } from "../streams/record/values.js";
import { KeyedState } from "../streams/time/keyed-state.js";

/** What is known of a printer now. */
export interface PrinterView {
  state: string;
  /** The newest measured roughness. */
  roughness: number | undefined;
  /** What the model says that it will be. */
  predicted: number | undefined;
  anomaly: number | undefined;
  adjustment: Adjustment | undefined;
  /** The rules whose episodes are open, with the episode of each. */
  readonly troubles: Map<string, string>;
  /** Event time of the newest reading, ms. */
  seen: number;
}

const OFFLINE = "offline";
const SILENT = "silent";
const PRINTERS_KEPT = 50_000;

/** With the numbers in names read as numbers: printer_2 before printer_10. */
const BY_NAME = new Intl.Collator("en", { numeric: true });

/** Keeps the newest of each printer, from whatever streams it is shown. */
export class Farm {
  /** Sorted by name; made anew when printers come or go, for it is dear where there are many. */
  #sorted: readonly [string, PrinterView][] = [];
  readonly #printers = new KeyedState<PrinterView>(
    () => ({
      state: "?",
      roughness: undefined,
      predicted: undefined,
      anomaly: undefined,
      adjustment: undefined,
      troubles: new Map(),
      seen: -Infinity,
    }),
    { limit: PRINTERS_KEPT },
  );

  watch(stream: Observable<Batch>): void {
    stream.subscribe((batch) => this.#take(batch));
  }

  /** Those with most troubles first, then those that are away, then the others; each by name. */
  printers(): [string, PrinterView][] {
    const size = this.#printers.size;
    if (size !== this.#sorted.length || size === PRINTERS_KEPT)
      this.#sorted = [...this.#printers].sort(([a], [b]) => BY_NAME.compare(a, b));
    const ranks: [string, PrinterView][][] = [[], [], [], []];
    for (const printer of this.#sorted) ranks[rankOf(printer[1])]!.push(printer);
    return ranks.flat();
  }

  #take(batch: Batch): void {
    for (const element of batch) {
      const printer = this.#printers.of(element.key);
      if (isMark(element)) {
        if (element.cause !== "passed") printer.state = element.cause === "gone" ? OFFLINE : SILENT;
        continue;
      }
      switch (kindOf(element.value)) {
        case "reading":
          takeReading(printer, element.value as Reading, element.eventTime);
          break;
        case "prediction":
          takePrediction(printer, element.value as Prediction);
          break;
        case "verdict":
          takeVerdict(printer, element.value as Verdict);
          break;
        case "adjustment":
          printer.adjustment = element.value as Adjustment;
          break;
        default:
      }
    }
  }
}

function takeReading(printer: PrinterView, reading: Reading, eventTime: number): void {
  if (eventTime < printer.seen) return;
  printer.seen = eventTime;
  printer.state = typeof reading.state === "string" ? reading.state : "reading";
  printer.roughness = readNumber(reading, "roughness") ?? printer.roughness;
}

function takePrediction(printer: PrinterView, { fields }: Prediction): void {
  printer.predicted = fields.roughness ?? printer.predicted;
  printer.anomaly = fields.anomaly_score ?? printer.anomaly;
}

/** The end of an episode counts only where it is the one that is open: another may have begun meanwhile. */
function takeVerdict({ troubles }: PrinterView, { rule, state, episode }: Verdict): void {
  if (state === "raised") troubles.set(rule, episode);
  else if (troubles.get(rule) === episode) troubles.delete(rule);
}

function rankOf({ troubles, state }: PrinterView): 0 | 1 | 2 | 3 {
  if (troubles.size > 1) return 0;
  if (troubles.size > 0) return 1;
  return state === SILENT || state === OFFLINE ? 2 : 3;
}
