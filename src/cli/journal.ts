import { ConfigError } from "../streams/component/errors.js";
import { didYouMean } from "../streams/component/suggest.js";
import { trimEmbeddedStream } from "../streams/journal/embedded/trim.js";
import { streamNames, type StreamView, viewEmbeddedStream } from "../streams/journal/embedded/view.js";
import type { Offsets } from "../streams/journal/journal.js";
import { timeText } from "../streams/record/timestamp.js";
import type { Settings } from "../settings.js";
import { table } from "./output.js";
import { journalFolder } from "./persistence.js";
import type { ExitCode, Session } from "./session.js";
import { timeOf } from "./time-option.js";

export interface TrimOptions {
  readonly before: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** The streams of the journal: what is kept of each, and how far its groups of consumers have come. */
export async function listStreams({ settings, out }: Session, { json }: { readonly json: boolean }): Promise<ExitCode> {
  const folder = journalFolder(settings);
  const views: StreamView[] = [];
  for (const name of streamNames(folder)) {
    const view = await viewEmbeddedStream(folder, name);
    if (view) views.push(view);
  }
  if (json) out.json(views.map(jsonOf));
  else if (views.length === 0) out.line("the journal is empty");
  else {
    const heading = ["stream", "partitions", "kept", "bytes", "oldest", "newest", "written by", "groups"];
    for (const line of table([heading, ...views.map(row)])) out.line(line);
  }
  return 0;
}

/** Lets go of what arrived before a time, in whole segments. */
export async function trimStream(
  { settings, out }: Session,
  name: string,
  { before, force, json }: TrimOptions,
): Promise<ExitCode> {
  const time = timeOf("--before", before);
  await openView(settings, name);
  const { segments, bytes, oldest } = await trimEmbeddedStream(journalFolder(settings), name, { before: time, force });
  const since = oldest === undefined ? undefined : timeText(oldest);
  if (json) out.json({ stream: name, segments, bytes, oldest: since });
  else if (segments === 0) out.line(`nothing goes: what is kept begins ${since}, and only whole segments go`);
  else out.line(`${segments} segments of ${bytes} bytes are gone; what is kept begins ${since}`);
  return 0;
}

/** A stream to look at. Throws ConfigError where there is none of that name. */
export async function openView(settings: Settings, name: string): Promise<StreamView> {
  const folder = journalFolder(settings);
  const names = streamNames(folder);
  const view = names.includes(name) ? await viewEmbeddedStream(folder, name) : undefined;
  if (view) return view;
  const hint = didYouMean(name, names) || (names.length > 0 ? ` There are: ${names.join(", ")}.` : "");
  throw new ConfigError(`the journal in ${folder} holds nothing of "${name}".${hint}`);
}

function jsonOf(view: StreamView): object {
  const { name, stream, partitions, segments, bytes, oldest, newest, writer } = view;
  const ends = view.ends();
  const groups = [...view.groups].map(
    ([group, offsets]) => [group, { offsets, behind: distance(offsets, ends) }] as const,
  );
  return {
    name,
    stream,
    partitions,
    begins: view.begins(),
    ends,
    segments,
    bytes,
    oldest: timeText(oldest),
    newest: timeText(newest),
    ...(writer !== undefined && { writer }),
    groups: Object.fromEntries(groups),
  };
}

function row(view: StreamView): string[] {
  const { name, partitions, bytes, oldest, newest, writer, groups } = view;
  const ends = view.ends();
  return [
    name,
    String(partitions),
    String(distance(view.begins(), ends)),
    String(bytes),
    timeText(oldest),
    timeText(newest),
    writer === undefined ? "" : `process ${writer}`,
    [...groups].map(([group, offsets]) => `${group} (${distance(offsets, ends)} behind)`).join(", "),
  ];
}

function distance(from: Offsets, to: Offsets): number {
  return to.reduce((sum, end, partition) => sum + end - from[partition]!, 0);
}
