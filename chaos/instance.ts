import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Program } from "../test/program.js";

/** npm starts everything in the folder of the package. */
const [MAIN, QUALITY] = [resolve("dist/main.js"), resolve("config/pipelines/quality.yaml")];

/** The program with a STATE_DIR of its own, in one process after another. */
export class Instance {
  /** Every process of it, the newest last. */
  readonly runs: Program[] = [];

  private constructor(
    readonly folder: string,
    readonly own: boolean,
    readonly settings: Readonly<Record<string, string>>,
  ) {}

  /** @param folder its STATE_DIR, where it is not to be one of its own that is removed in the end */
  static async make(settings: Readonly<Record<string, string>>, folder?: string): Promise<Instance> {
    return new Instance(folder ?? (await mkdtemp(join(tmpdir(), "chaos-"))), folder === undefined, settings);
  }

  get program(): Program {
    return this.runs.at(-1)!;
  }

  /** Starts it (again), with the same state. Does not wait until it runs. */
  start(): Program {
    const program = new Program({ STATE_DIR: this.folder, ...this.settings }, ["run", QUALITY], tmpdir(), MAIN);
    this.runs.push(program);
    return program;
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    this.program.signal("SIGKILL");
    await this.program.ended;
  }

  /** Starts it after harm was done; resolves with how that went. */
  async startAgain(): Promise<"it runs" | "it ended"> {
    const next = this.start();
    return next.line("running").then(
      () => "it runs" as const,
      () => "it ended" as const,
    );
  }

  /** Lines that the newest run logged as warnings or errors. */
  get worries(): readonly string[] {
    const { log } = this.program;
    return log.filter(({ level }) => level !== "info" && level !== "debug").map((line) => JSON.stringify(line));
  }

  /** What any run logged as an error. */
  get errors(): readonly string[] {
    return this.runs.flatMap(({ log }) => log.filter(({ level }) => level === "error").map(({ message }) => message));
  }

  async close(): Promise<void> {
    for (const program of this.runs) program.signal("SIGKILL");
    await Promise.all(this.runs.map(({ ended }) => ended));
    if (this.own) await rm(this.folder, { recursive: true, force: true });
  }
}
