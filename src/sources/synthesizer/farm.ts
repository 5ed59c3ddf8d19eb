import { ConfigError } from "../../streams/component/errors.js";
import type { Command } from "../../streams/record/values.js";
import { FaultPlan, type Chances } from "./fault-plan.js";
import { usualCourse, type Fault } from "./faults.js";
import { FaultChances, type Options } from "./options.js";
import { Printer } from "./printer.js";
import type { PrinterReading } from "./reading.js";
import { Random } from "./random.js";

/** All printers, read in turn. Pure: a function of the options and of the commands that it is given. */
export class Farm {
  /** Time from one reading to the next, ms. */
  readonly interval: number;
  readonly #printers: readonly Printer[];
  readonly #end: number;
  #readings = 0;

  constructor(options: Options) {
    const [missing] = missingPrinters(options);
    if (missing) throw new ConfigError(missing.message);
    this.interval = 1000 / options.rate;
    this.#end = options.duration ?? Infinity;
    const injected = injectedBy(options);
    const chances = chancesOf(options);
    const chosen = new Random(options.seed, 0, 0).whole(1, options.printers);
    this.#printers = Array.from({ length: options.printers }, (_, index) => {
      const number = index + 1;
      const luck = new Random(options.seed, number, 0);
      const first = chances && number === chosen ? { at: chances.first, kind: chances.kinds[0]! } : undefined;
      const plan = new FaultPlan(injected.get(`printer_${number}`) ?? [], chances, luck, first);
      return new Printer(
        {
          seed: options.seed,
          number,
          layerHeight: options.layer_height,
          materials: options.materials,
          warm: options.warm,
        },
        plan,
      );
    });
  }

  /** When the next reading is due, whole ms from the beginning; Infinity once the duration is over. */
  get due(): number {
    const due = Math.round(this.#readings * this.interval);
    return due < this.#end ? due : Infinity;
  }

  /** The next reading, of the printer whose turn it is. `start` is the time of the first one, ms since the epoch. */
  next(start: number): PrinterReading {
    const due = this.due;
    const printer = this.#printers[this.#readings++ % this.#printers.length]!;
    printer.advance(due / 1000);
    return printer.read(start + due);
  }

  /** Gives a command to a printer. False where there is no such printer. */
  obey(id: string, command: Command): boolean {
    const number = /^printer_([1-9]\d*)$/.exec(id)?.[1];
    const printer = number === undefined ? undefined : this.#printers[Number(number) - 1];
    printer?.obey(command);
    return printer !== undefined;
  }
}

/** Faults for printers that are not there. */
export function missingPrinters({ inject, printers }: Options): { index: number; message: string }[] {
  return inject.flatMap(({ printer }, index) =>
    Number(printer.slice("printer_".length)) <= printers
      ? []
      : [{ index, message: `there is no ${printer}: printers is ${printers}; raise it or name another printer` }],
  );
}

function injectedBy({ inject }: Options): Map<string, Fault[]> {
  const byPrinter = new Map<string, Fault[]>();
  for (const { printer, fault: kind, at, grow, last, severity } of inject) {
    const usual = usualCourse(kind);
    const fault: Fault = {
      kind,
      at: at / 1000,
      grow: grow === undefined ? usual.grow : grow / 1000,
      last: last === undefined ? usual.last : last / 1000,
      severity,
    };
    const known = byPrinter.get(printer);
    if (known) known.push(fault);
    else byPrinter.set(printer, [fault]);
  }
  return byPrinter;
}

/** In s; the defaults stand in the schema. */
function chancesOf({ faults, inject }: Options): (Chances & { readonly first: number }) | undefined {
  if (faults === false || (faults === undefined && inject.length > 0)) return undefined;
  const { every, first, kinds } = faults ?? FaultChances.parse({});
  return { every: every / 1000, first: first / 1000, kinds };
}
