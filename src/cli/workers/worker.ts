import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Log } from "../../streams/component/context.js";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import type { Written } from "../../streams/journal/embedded/segment.js";
import { backOff } from "../../streams/runtime/back-off.js";
import type { NodeStatus } from "../../streams/runtime/metrics.js";
import type { Clock } from "../../streams/time/clock.js";
import type { FromWorker, Orders, ToWorker } from "./messages.js";
import { countedBy, nothingOf, together } from "./totals.js";

const MAIN = fileURLToPath(new URL("../../main.js", import.meta.url));
/** The command of main.ts that a worker runs. */
export const COMMAND = "work";
/** One that dies again and again is started this seldom at least, ms. */
const LONGEST_PAUSE = 10_000;
/** After so many ms of work what it died of before counts no more. */
const SETTLED = 60_000;
/** A worker that has not ended by then never will: more than a run takes for its last words, ms. */
const LAST_CALL = 6_000;

export interface WorkerOptions {
  readonly index: number;
  /** As things stand when it is started. */
  readonly orders: () => Orders;
  readonly hear: (message: FromWorker) => void;
  /** Told whenever it has died. */
  readonly lost: () => void;
  /** Where its log goes; absent: where ours does. */
  readonly logTo?: NodeJS.WritableStream;
  readonly clock: Clock;
  readonly log: Log;
}

/** One worker as the process sees it that has started it: a process which is started again when it dies. */
export class Worker {
  readonly #options: WorkerOptions;
  #process: ChildProcess | undefined;
  #running = false;
  #refusal: string | undefined;
  #attempt = 0;
  readonly #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  /** What those that died had counted. */
  #before: readonly NodeStatus[] = [];
  #deadBefore = 0;
  #now: readonly NodeStatus[] = [];
  #deadNow = 0;
  /** How far streams have grown that it has yet to be told of. */
  readonly #grown = new Map<string, Written>();
  #telling = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Resolves when it works. Throws ConfigError where it cannot begin, with what to mend. */
  async start(): Promise<void> {
    const begun = this.#fork();
    this.#ended = this.#keepAlive(begun);
    if (await begun) return;
    await this.#ended;
    throw new ConfigError(this.#refusal ?? `worker ${this.#options.index} ended before it had begun: see the log`);
  }

  /** False where it is away; how the journal has grown it finds out when it is back. */
  tell(message: ToWorker): boolean {
    if (!this.#process?.connected) return false;
    this.#process.send(message);
    return true;
  }

  /** Of what a stream grows while it is being told the newest alone counts: one that is slow is not flooded. */
  tellGrown(stream: string, written: Written): void {
    this.#grown.set(stream, written);
    if (!this.#telling) this.#tellNext();
  }

  #tellNext(): void {
    const [next] = this.#grown;
    this.#telling = next !== undefined && this.#process?.connected === true;
    if (!next || !this.#telling) return;
    const [stream, written] = next;
    this.#grown.delete(stream);
    const child = this.#process;
    child?.send({ what: "grown", stream, written } satisfies ToWorker, () => {
      if (child === this.#process) this.#tellNext();
    });
  }

  /** What it and those before it counted; one that is away shows as sinks that are not connected. */
  status(): readonly NodeStatus[] {
    const now = this.#running ? this.#now : this.#now.map((node) => ({ ...node, connected: node.role !== "sink" }));
    return together([...this.#before, ...now]);
  }

  /** Dead letters so far. */
  get dead(): number {
    return this.#deadBefore + this.#deadNow;
  }

  /** Resolves when it has ended: in order, with a last checkpoint, where it can. */
  async stop(): Promise<void> {
    const { clock, log, index } = this.#options;
    if (!this.tell({ what: "stop" })) this.#process?.kill("SIGKILL");
    this.#stop.abort();
    const over = new AbortController();
    const ended = this.#ended.finally(() => over.abort());
    await clock.sleep(LAST_CALL, over.signal);
    if (!over.signal.aborted) {
      log.warn("a worker does not end and is killed", { worker: index });
      this.#process?.kill("SIGKILL");
    }
    await ended;
  }

  /** Starts it again whenever it dies, until it is to stop. */
  async #keepAlive(begun: Promise<boolean>): Promise<void> {
    const { clock, log, index } = this.#options;
    for (let first = true, running = begun; ; first = false) {
      const since = clock.now();
      const gone = goneOf(this.#process!);
      const worked = await running;
      const how = await gone;
      this.#lose();
      if (first && !worked) return;
      if (worked && clock.now() - since > SETTLED) this.#attempt = 0;
      const pause = backOff(this.#attempt, LONGEST_PAUSE);
      if (!this.#stop.signal.aborted) {
        this.#attempt++;
        const reason = this.#refusal;
        log.error("a worker has died and is started again", {
          worker: index,
          ...how,
          pause,
          ...(reason !== undefined && { reason }),
        });
        await clock.sleep(pause, this.#stop.signal);
      }
      if (this.#stop.signal.aborted) return;
      running = this.#fork();
    }
  }

  /** Resolves with whether it works, or has ended before. */
  #fork(): Promise<boolean> {
    const { logTo, hear, orders, log, index } = this.#options;
    const child = fork(MAIN, [COMMAND], {
      serialization: "advanced",
      stdio: ["ignore", "inherit", logTo ? "pipe" : "inherit", "ipc"],
    });
    this.#process = child;
    // How streams stand is in its orders.
    this.#grown.clear();
    this.#telling = false;
    if (logTo) child.stderr?.pipe(logTo, { end: false });
    // A message to one that is just dying is lost with it.
    child.on("error", (cause) => log.debug("a worker hears nothing", { worker: index, cause: messageOf(cause) }));
    if (child.pid === undefined) return Promise.resolve(false);
    child.send({ what: "orders", orders: orders() } satisfies ToWorker);
    return new Promise((resolve) => {
      child.once("exit", () => resolve(false));
      child.on("message", (message: FromWorker) => {
        if (message.what === "running") {
          this.#running = true;
          log.info("a worker runs", { worker: index, pid: child.pid });
          resolve(true);
        } else if (message.what === "refused") this.#refusal = message.reason;
        else if (message.what === "status") {
          this.#now = message.nodes;
          this.#deadNow = message.dead;
        } else hear(message);
      });
    });
  }

  #lose(): void {
    this.#running = false;
    this.#options.lost();
    if (this.#stop.signal.aborted) return;
    this.#before = together([...this.#before, ...this.#now.map(countedBy)]);
    this.#deadBefore += this.#deadNow;
    this.#now = this.#now.map(nothingOf);
    this.#deadNow = 0;
  }
}

interface Gone {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when a process has ended, and what it said last has been heard. */
async function goneOf(child: ChildProcess): Promise<Gone> {
  // It could not be started at all: then it says nothing of an end.
  if (child.pid === undefined) return { code: null, signal: null };
  const [how] = await Promise.all([
    new Promise<Gone>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal }))),
    new Promise<void>((resolve) => child.once("disconnect", resolve)),
  ]);
  return how;
}
