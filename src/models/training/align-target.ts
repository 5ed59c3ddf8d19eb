import { rowsByKey, type Recording } from "./recording.js";

/** A window this far from the wanted time still serves, as a share of the horizon… */
const TOLERANCE_SHARE = 0.1;
/** …and at least so many ms, for windows that are cut once a second. */
const TOLERANCE_LEAST = 1000;

/**
 * For each row the value of a feature of the same key, `horizon` ms later: that of the nearest window within the
 * tolerance (a tenth of the horizon, at least 1 s). NaN where there is none or it was not measured.
 */
export function alignTarget({ names, rows }: Recording, feature: string, horizon: number): Float64Array {
  const column = names.indexOf(feature);
  const tolerance = Math.max(TOLERANCE_LEAST, horizon * TOLERANCE_SHARE);
  const targets = new Float64Array(rows.length).fill(NaN);
  if (column < 0) return targets;
  for (const places of rowsByKey(rows).values()) {
    let ahead = 0;
    for (const place of places) {
      const wanted = rows[place]!.time + horizon;
      const gap = (at: number) => Math.abs(rows[places[at]!]!.time - wanted);
      while (ahead + 1 < places.length && gap(ahead + 1) <= gap(ahead)) ahead++;
      if (gap(ahead) <= tolerance) targets[place] = rows[places[ahead]!]!.values[column]!;
    }
  }
  return targets;
}
