import { type Command, InvalidArgumentError } from "commander";
import { type ListOptions, listDeadLetters, showDeadLetter } from "./deadletters.js";
import { dropDeadLetters, retryDeadLetters, type WhichOptions } from "./deadletters-retry.js";
import { listStreams, trimStream, type TrimOptions } from "./journal.js";
import { readStream, type ReadStreamOptions } from "./journal-read.js";
import type { ExitCode, Session } from "./session.js";

/** Runs what a command does, and keeps the exit code. */
export type Act = (action: (session: Session) => ExitCode | Promise<ExitCode>) => Promise<void>;

/** The commands that look into what is stored: dead letters and the journal. */
export function addStoreCommands(program: Command, act: Act): void {
  const deadLetters = program.command("deadletters").description("what runs have put aside, and why");
  deadLetters
    .command("list")
    .description("the newest dead letters")
    .option("--node <name>", "of this node only: NODE or PIPELINE.NODE")
    .option("--since <time>", "put aside at this time or later")
    .option("--limit <number>", "so many of the newest", whole, 50)
    .option("--all-states", "those that were retried or dropped too, and when", false)
    .option("--json", "print JSON", false)
    .action((options: ListOptions) => act((session) => listDeadLetters(session, options)));
  deadLetters
    .command("show")
    .description("all that is kept of one, its payload too")
    .argument("<id>", "its id, or the beginning of it")
    .option("--json", "print JSON", false)
    .action((id: string, options: { json: boolean }) => act((session) => showDeadLetter(session, id, options)));
  deadLetters
    .command("retry")
    .description("give records and messages to their nodes once more, in the run that is going on or the next one")
    .argument("[ids...]", "ids, or the beginnings of them")
    .option("--node <name>", "all that are open of this node: NODE or PIPELINE.NODE")
    .option("--all", "all that are open")
    .option("--json", "print JSON", false)
    .action((ids: string[], options: WhichOptions) => act((session) => retryDeadLetters(session, ids, options)));
  deadLetters
    .command("drop")
    .description("take them off the list")
    .argument("[ids...]", "ids, or the beginnings of them")
    .option("--node <name>", "all that are open of this node: NODE or PIPELINE.NODE")
    .option("--all", "all that are open")
    .option("--json", "print JSON", false)
    .action((ids: string[], options: WhichOptions) => act((session) => dropDeadLetters(session, ids, options)));

  const journal = program.command("journal").description("what is kept of the streams that sources read");
  journal
    .command("streams")
    .description("every stream: what is kept, and how far its consumers have come")
    .option("--json", "print JSON", false)
    .action((options: { json: boolean }) => act((session) => listStreams(session, options)));
  journal
    .command("read")
    .description("what is kept of a stream, in order of arrival")
    .argument("<stream>", "its name, PIPELINE.SOURCE")
    .option("--from <place>", "a time of arrival, or PARTITION@OFFSET as in sensors/3@1042")
    .option("--to <place>", "the same; this and what is behind it is left out")
    .option("--key <printer>", "of this printer only")
    .option("--limit <number>", "so many at most", whole)
    .option("--json", "print JSON, a line each", false)
    .action((stream: string, options: ReadStreamOptions) => act((session) => readStream(session, stream, options)));
  journal
    .command("trim")
    .description("let go of what arrived before a time, in whole segments; not while a run has the stream")
    .argument("<stream>", "its name, PIPELINE.SOURCE")
    .requiredOption("--before <time>", "the earliest time of arrival to keep")
    .option("--force", "what a consumer has yet to read, too", false)
    .option("--json", "print JSON", false)
    .action((stream: string, options: TrimOptions) => act((session) => trimStream(session, stream, options)));
}

/** A number as an option gives it. */
export function whole(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError("write a whole number.");
  return number;
}
