import { messageOf } from "../../component/errors.js";
import type { Chunk } from "../journal.js";
import { Course, type Reading } from "./course.js";
import { bodyText, readLines } from "./lines.js";
import { kindOf, offsetsAt, type State, walk } from "./walk.js";

/** The chunks of a log as it stood. */
export async function* readChunks(state: State, reading: Reading): AsyncGenerator<Chunk> {
  const { stream, keys } = reading;
  const course = new Course(state, reading);
  if (course.done()) return;
  await course.begin();
  for (let index = course.start; index < state.segments.length; index++) {
    const segment = state.segments[index]!;
    if (segment.header) course.jump("appends are missing in front of a segment", segment.header.first);
    try {
      for await (const piece of walk(segment)) {
        if (!piece.sound) {
          const reason = `${segment.path}: the ${piece.end - piece.at} bytes from ${piece.at} on are damaged`;
          course.jump(reason, await offsetsAt(state, index, piece.end, keys), true);
          if (course.done()) return;
          continue;
        }
        const body = bodyText(piece.body);
        const kind = kindOf(body);
        if (kind.kind === "segment") continue;
        if (kind.kind === "epoch") {
          if (course.under(kind.arrived)) yield { arrived: kind.arrived, elements: [], texts: [], epoch: kind.epoch };
          continue;
        }
        course.before.set(course.next);
        const wanted = course.wantedAt(kind.arrived);
        const { elements, texts, jumped, unreadable } = readLines(body, stream, keys, course.next, wanted);
        if (jumped) {
          course.next.set(course.before);
          course.jump(`${segment.path}: appends are missing`, await offsetsAt(state, index, piece.at, keys));
          readLines(body, stream, keys, course.next, course.nothing);
        }
        if (unreadable) course.tell(`${segment.path}: a text of the append at ${piece.at} is no JSON`);
        if (elements.length > 0) yield { arrived: kind.arrived, elements, texts };
        if (course.done()) return;
      }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
      course.jump(
        `${segment.path} was given up meanwhile: ${messageOf(cause)}`,
        await offsetsAt(state, index + 1, 0, keys),
      );
    }
  }
  course.jump("appends at the end are missing", state.ends);
}
