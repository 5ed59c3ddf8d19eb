import { formatHistory, type HistoryFormat } from "./format.js";
import type { HistoryQuery, HistoryStore } from "./store.js";

/** What to read, and how to show it. */
export interface HistoryRequest extends HistoryQuery {
  readonly format: HistoryFormat;
}

/**
 * What is stored of a printer, as text. The readings, unless `kinds` asks for others; a column says which is which then.
 * Without `fields` every field that occurs is a column.
 */
export function readHistory(store: HistoryStore, { format, ...asked }: HistoryRequest): Iterable<string> {
  const query: HistoryQuery = { ...asked, kinds: asked.kinds ?? ["reading"] };
  return formatHistory(store.query(query), {
    format,
    fields: query.fields ?? store.fields(query),
    kinds: asked.kinds !== undefined,
  });
}
