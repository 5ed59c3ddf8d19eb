import { open } from "node:fs/promises";
import { FrameReader, type Piece } from "./frame-reader.js";
import { bodyText, firstOffsets, readLines, type Wanted } from "./lines.js";
import type { Keys } from "./keys.js";
import type { Segment } from "./segment.js";

/** What the first line of a frame says. */
export type Kind =
  | { readonly kind: "records"; readonly arrived: number }
  | { readonly kind: "epoch"; readonly arrived: number; readonly epoch: number }
  | { readonly kind: "segment" };

export function kindOf(body: string): Kind {
  const word = body.indexOf(" ");
  const kind = body.slice(0, word);
  if (kind === "segment") return { kind };
  const number = body.indexOf(" ", word + 1);
  const arrived = Number(body.slice(word + 1, number));
  if (kind === "records") return { kind, arrived };
  if (kind === "epoch") return { kind, arrived, epoch: Number(body.slice(number + 1, body.indexOf("\n"))) };
  throw new Error(`the journal holds "${kind}", which this version of the program does not know`);
}

/** The pieces of a segment, one after the other. A body is good until the next piece is asked for. */
export async function* walk(segment: Segment, from = 0): AsyncGenerator<Piece> {
  const file = await open(segment.path, "r");
  try {
    const reader = new FrameReader(file, from, segment.size);
    do {
      for (let piece = reader.next(); piece; piece = reader.next()) yield piece;
    } while (await reader.fill());
  } finally {
    await file.close();
  }
}

/** Where a log stands. */
export interface State {
  /** In order; the size of the last leaves a torn tail out. */
  readonly segments: Segment[];
  readonly ends: Float64Array;
  /** When the last append arrived. */
  readonly arrived: number;
  /** Bytes behind the last sound frame. */
  readonly torn: number;
}

/** Finds out where a log ends. Reads the last segment with all its checksums, and earlier ones where that has no header. */
export async function findEnd(segments: readonly Segment[], keys: Keys, partitions: number): Promise<State> {
  let begin = segments.length - 1;
  while (begin > 0 && !segments[begin]!.header) begin--;
  const ends = Float64Array.from(segments[begin]?.header?.first ?? new Float64Array(partitions));
  const nothing: Wanted = { from: new Float64Array(partitions).fill(Infinity), until: ends };
  let arrived = segments[begin]?.header?.created ?? 0;
  let torn = 0;
  const kept = segments.map((segment) => ({ ...segment }));
  for (const segment of kept.slice(begin)) {
    for await (const piece of walk(segment)) {
      if (!piece.sound) {
        if (piece.last && segment === kept.at(-1)) {
          torn = segment.size - piece.at;
          segment.size = piece.at;
        }
        continue;
      }
      const body = bodyText(piece.body);
      const kind = kindOf(body);
      if (kind.kind !== "segment") arrived = kind.arrived;
      if (kind.kind === "records") readLines(body, "", keys, ends, nothing);
    }
  }
  return { segments: kept, ends, arrived, torn };
}

/** The first offset of each partition at or behind a place. */
export async function offsetsAt(state: State, index: number, at: number, keys: Keys): Promise<Float64Array> {
  const offsets = Float64Array.from(state.ends);
  const found = new Map<number, number>();
  for (let i = index; i < state.segments.length; i++) {
    const segment = state.segments[i]!;
    if (segment.header && (i > index || at === 0)) {
      offsets.set(segment.header.first);
      break;
    }
    for await (const piece of walk(segment, i === index ? at : 0)) {
      if (!piece.sound) continue;
      const body = bodyText(piece.body);
      if (kindOf(body).kind === "records") firstOffsets(body, keys, found);
    }
  }
  for (const [partition, offset] of found) offsets[partition] = offset;
  return offsets;
}
