import type { HistoryFormat } from "../connections/history/format.js";
import { openHistoryToRead } from "../connections/history/open.js";
import { readHistory } from "../connections/history/read.js";
import { STORED_KINDS, type StoredKind } from "../connections/history/store.js";
import { ConfigError } from "../streams/component/errors.js";
import { didYouMean } from "../streams/component/suggest.js";
import { systemClock } from "../streams/time/clock.js";
import { historyFile } from "./resources.js";
import type { ExitCode, Session } from "./session.js";
import { timeOf } from "./time-option.js";

export interface HistoryOptions {
  readonly from?: string;
  readonly to?: string;
  readonly fields?: readonly string[];
  /** Readings where nothing is said. */
  readonly kinds?: readonly string[];
  readonly format: HistoryFormat;
  readonly json?: boolean;
}

/** Prints what the history sink stored of a printer, also while a run is writing. */
export async function history(session: Session, printer: string, options: HistoryOptions): Promise<ExitCode> {
  const { from, to, fields, kinds, format, json } = options;
  const query = {
    printer,
    ...(from !== undefined && { from: timeOf("--from", from) }),
    ...(to !== undefined && { to: timeOf("--to", to) }),
    ...(fields && { fields }),
    ...(kinds && { kinds: kinds.map(kindOf) }),
  };
  const store = openHistoryToRead(historyFile(session.settings), systemClock);
  try {
    const known = store.printers();
    if (!known.includes(printer)) {
      const hint = didYouMean(printer, known) || ` Stored are: ${known.slice(0, 20).join(", ")}.`;
      throw new ConfigError(`nothing is stored of "${printer}".${hint}`);
    }
    for (const text of readHistory(store, { ...query, format: json ? "json" : format })) {
      if (session.stop.aborted) break;
      await session.out.text(text);
    }
    return 0;
  } finally {
    store.close();
  }
}

function kindOf(text: string): StoredKind {
  const kind = STORED_KINDS.find((known) => known === text);
  if (!kind) throw new ConfigError(`--kinds "${text}": known are ${STORED_KINDS.join(", ")}`);
  return kind;
}
