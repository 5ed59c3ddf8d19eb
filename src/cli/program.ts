import { existsSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ConfigError, messageOf } from "../streams/component/errors.js";
import { didYouMean } from "../streams/component/suggest.js";
import { components, schema } from "./components.js";
import { diff, type DiffOptions } from "./diff.js";
import { doctor } from "./doctor.js";
import { evaluate, type EvaluateOptions } from "./evaluate.js";
import { graph, GRAPH_FORMATS, type GraphFormat } from "./graph.js";
import { HISTORY_FORMATS } from "../connections/history/format.js";
import { history, type HistoryOptions } from "./history.js";
import { pipelineFiles } from "./resources.js";
import { replay, type ReplayOptions } from "./replay.js";
import { addStoreCommands, type Act, whole } from "./store-commands.js";
import { run, type RunCommandOptions } from "./run.js";
import type { Screen } from "./screen.js";
import { send, type SendOptions } from "./send.js";
import type { ExitCode, Session } from "./session.js";
import { test } from "./test.js";
import { train, type TrainOptions } from "./train.js";
import { work } from "./workers/work.js";
import { COMMAND } from "./workers/worker.js";
import { validate, type ValidateOptions } from "./validate.js";

/** What the process lends to a command. */
export interface Host {
  /** Reads settings and opens the log. Throws ConfigError. */
  session(set: readonly string[]): Session;
  /** Where a live table may stand; absent where nobody is looking. */
  readonly screen?: Screen;
  readonly version: string;
}

const QUALITY = pipelineFiles({ PIPELINES: [] })[0]!;

/** Parses the command line, runs the command and gives the exit code. Errors are printed by the caller. */
export async function runProgram(args: readonly string[], host: Host): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = new Command("layerstream")
    .description("Kafka-style streams over MQTT that watch the print quality of a farm of 3D printers and act on it.")
    .version(host.version)
    .option("--set <NAME=VALUE>", "a setting, as in --set LOG_LEVEL=debug; may be given again", collect, [])
    .showHelpAfterError("Try --help.")
    .exitOverride();
  const act: Act = async (action) => {
    code = await action(host.session(program.opts<{ set: string[] }>().set));
  };
  const pipelinesOr = (given: readonly string[], { settings }: Session) =>
    given.length > 0 ? given : pipelineFiles(settings);

  program
    .command("run", { isDefault: true })
    .description("run pipeline files (default: the settings' PIPELINES) until Ctrl-C, or until every source has ended")
    .argument("[pipelines...]", "pipeline files")
    .addOption(
      new Option(
        "--reset-state <where>",
        "forget where the last run was: begin works through the journal again, end begins with what comes now",
      ).choices(["begin", "end"]),
    )
    .action((paths: string[], options: RunCommandOptions) => {
      if (program.args[0] !== "run") refuseMisspelt(paths[0], program.commands);
      return act((session) => run(session, pipelinesOr(paths, session), options, host.screen));
    });

  program
    .command("validate")
    .description("say every problem of every file; exit 2 if there is an error")
    .argument("[pipelines...]", "pipeline files")
    .option("--strict", "exit 2 for warnings too", false)
    .option("--json", "print JSON", false)
    .action((paths: string[], options: ValidateOptions) =>
      act((session) => validate(session, pipelinesOr(paths, session), options)),
    );

  program
    .command("graph")
    .description("draw the compiled topology, with record types on the edges")
    .argument("<pipeline>", "pipeline file")
    .addOption(new Option("--format <format>", "what to draw").choices(GRAPH_FORMATS).default("mermaid"))
    .option("--json", "the same as --format json", false)
    .action((path: string, { format, json }: { format: GraphFormat; json: boolean }) =>
      act((session) => graph(session, path, json ? "json" : format)),
    );

  program
    .command("test")
    .description("run the tests inside pipeline files")
    .argument("[pipelines...]", "pipeline files")
    .option("--json", "print JSON", false)
    .action((paths: string[], options: { json: boolean }) =>
      act((session) => test(session, pipelinesOr(paths, session), options)),
    );

  program
    .command("replay")
    .description(
      "run recordings through a pipeline in the place of its sources; writes to no broker, and to databases only with --live",
    )
    .argument("[files...]", "CSV recordings")
    .option("--journal", "the recorded journal instead of files", false)
    .option("--stream <name>", "the stream of the journal, PIPELINE.SOURCE (default: that of the pipeline)")
    .option("--printer <id>", "only this printer; may be given again", collect, [])
    .option("--job <id>", "only readings of this job")
    .option("--pipeline <file>", "pipeline file", QUALITY)
    .option("--speed <factor>", "max, 1 (as recorded) or another factor", speed, "max")
    .option("--from <place>", "leave out what is earlier: a time, or an offset of the journal")
    .option("--to <place>", "leave out this place and what is later")
    .option("--out <file>", "CSV file for the pipeline's csv sink, or for what it concluded if it has none")
    .option("--train-rows <number>", "the first rows of each series that are known to be normal", whole)
    .option("--key <column>", "the column that names the printer")
    .option("--time <column>", "the column that holds the time")
    .option("--live", "write to databases and files too; never to a printer", false)
    .option("--json", "print the summary as JSON", false)
    .action((files: string[], options: ReplayOptions) => act((session) => replay(session, files, options)));

  program
    .command("diff")
    .description("one recording through two pipelines: which verdicts and adjustments differ")
    .argument("[files...]", "CSV recordings")
    .option("--journal", "the recorded journal instead of files", false)
    .option("--stream <name>", "the stream of the journal, PIPELINE.SOURCE (default: that of the pipeline)")
    .option("--printer <id>", "only this printer; may be given again", collect, [])
    .option("--job <id>", "only readings of this job")
    .requiredOption("--pipeline <file>", "pipeline file; to be given twice", collect, [])
    .option("--from <place>", "leave out what is earlier: a time, or an offset of the journal")
    .option("--to <place>", "leave out this place and what is later")
    .option("--key <column>", "the column that names the printer")
    .option("--time <column>", "the column that holds the time")
    .option("--json", "print JSON", false)
    .action((files: string[], options: DiffOptions) => act((session) => diff(session, files, options)));

  program
    .command("train")
    .description("train a model of models/NAME on recordings")
    .requiredOption("--model <name>", "the model")
    .requiredOption("--data <files...>", "CSV recordings")
    .option("--pipeline <file>", "the pipeline whose features the model reads", QUALITY)
    .option("--target <feature>", "foretell this feature (default: what the model there is foretells, or nothing)")
    .option("--horizon <duration>", "how far ahead", "30s")
    .option("--seed <number>", "seed of weights and shuffles", whole, 1)
    .option("--force", "replace a model that does better", false)
    .option("--json", "print JSON", false)
    .action((options: TrainOptions) => act((session) => train(session, options)));

  program
    .command("evaluate")
    .description("figures of a model on labelled recordings")
    .requiredOption("--model <name>", "the model")
    .requiredOption("--data <files...>", "CSV recordings; a column anomaly holds the labels")
    .option("--pipeline <file>", "the pipeline whose features the model reads", QUALITY)
    .option("--json", "print JSON", false)
    .action((options: EvaluateOptions) => act((session) => evaluate(session, options)));

  program
    .command("components")
    .description("every source, operator and sink; or all about one")
    .argument("[type]", "a component type")
    .option("--json", "print JSON", false)
    .action((type: string | undefined, options: { json: boolean }) =>
      act((session) => components(session, type, options)),
    );

  program
    .command("schema")
    .description("JSON Schema of a pipeline file")
    .option("--json", "it is JSON in any case", true)
    .action(() => act(schema));

  program
    .command("history")
    .description("what the history sink has stored of a printer")
    .argument("<printer>", "printer id")
    .option("--from <time>", "earliest event time")
    .option("--to <time>", "latest event time")
    .option("--fields <names>", "fields to show, with commas between", list)
    .option("--kinds <kinds>", "reading, prediction, verdict, adjustment; default: readings", list)
    .addOption(new Option("--format <format>", "how to show it").choices(HISTORY_FORMATS).default("table"))
    .option("--json", "the same as --format json", false)
    .action((printer: string, options: HistoryOptions) => act((session) => history(session, printer, options)));

  addStoreCommands(program, act);

  program.command(COMMAND, { hidden: true }).action(async () => {
    code = await work((set) => host.session(set));
  });

  program
    .command("send")
    .description("a control message by hand, within the bounds of the automatic ones")
    .argument("<printer>", "printer id")
    .argument("<json>", `what to tell it: '{"speed":80}'`)
    .option("--pipeline <file>", "the pipeline whose feedback sink says topic and bounds (default: those that run)")
    .option("--json", "print JSON", false)
    .action((printer: string, text: string, options: SendOptions) =>
      act((session) => send(session, printer, text, options)),
    );

  program
    .command("doctor")
    .description("try settings, broker, database, models and disk, and say what is wrong and how to mend it")
    .option("--json", "print JSON", false)
    .action((options: { json: boolean }) => act((session) => doctor(session, options)));

  try {
    await program.parseAsync(args, { from: "user" });
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : 2;
    if (cause instanceof ConfigError) {
      process.stderr.write(`${messageOf(cause)}\n`);
      return 2;
    }
    throw cause;
  }
  return code;
}

/** A first word that is no command is taken for a pipeline file; where it cannot be one, it was meant as a command. */
function refuseMisspelt(word: string | undefined, commands: readonly Command[]): void {
  if (word === undefined || /[./\\]/.test(word) || existsSync(word)) return;
  const names = commands.map((command) => command.name()).filter((name) => name !== COMMAND);
  throw new ConfigError(
    `there is no command "${word}".${didYouMean(word, names) || ` There are: ${names.join(", ")}.`}`,
  );
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function list(value: string): readonly string[] {
  return value.split(",").map((name) => name.trim());
}

function speed(value: string): number | "max" {
  if (value === "max") return "max";
  const factor = Number(value);
  if (!(factor > 0)) throw new InvalidArgumentError("write max or a number above zero.");
  return factor;
}
