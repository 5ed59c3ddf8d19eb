import type { Observable } from "rxjs";
import { kindOf, readNumber } from "../streams/record/field.js";
import type { Batch } from "../streams/record/record.js";
import { isMark } from "../streams/record/record.js";
import type { Adjustment, Prediction, Reading } from "../streams/record/values.js";
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
  /** Event time of the newest reading, ms. */
  seen: number;
}

const PRINTERS_KEPT = 50_000;

/** Keeps the newest of each printer, from whatever streams it is shown. */
export class Farm {
  readonly #printers = new KeyedState<PrinterView>(
    () => ({
      state: "?",
      roughness: undefined,
      predicted: undefined,
      anomaly: undefined,
      adjustment: undefined,
      seen: -Infinity,
    }),
    PRINTERS_KEPT,
  );

  watch(stream: Observable<Batch>): void {
    stream.subscribe((batch) => this.#take(batch));
  }

  /** By name, with the numbers in names read as numbers: printer_2 before printer_10. */
  printers(): [string, PrinterView][] {
    const order = new Intl.Collator("en", { numeric: true });
    return [...this.#printers].sort(([a], [b]) => order.compare(a, b));
  }

  #take(batch: Batch): void {
    for (const element of batch) {
      const printer = this.#printers.of(element.key);
      if (isMark(element)) {
        if (element.cause !== "passed") printer.state = element.cause === "gone" ? "offline" : "silent";
        continue;
      }
      switch (kindOf(element.value)) {
        case "reading":
          takeReading(printer, element.value as Reading, element.eventTime);
          break;
        case "prediction":
          takePrediction(printer, element.value as Prediction);
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
