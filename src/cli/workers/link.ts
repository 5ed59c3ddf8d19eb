import type { FromWorker, Orders, ToWorker } from "./messages.js";

/** What is asked of the other side, and waited for. */
type Asking = Extract<FromWorker, { readonly what: "note" | "sync" }>;
type Answer = Extract<ToWorker, { readonly what: "noted" | "not noted" | "synced" | "not synced" }>;
const ANSWERS: ReadonlySet<string> = new Set<Answer["what"]>(["noted", "not noted", "synced", "not synced"]);

/** How a worker and the process that started it speak to each other. */
export class Link {
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #orders: Promise<Orders>;
  #asked = 0;
  #hear: (message: ToWorker) => void = () => undefined;
  /** What came before anyone listened. */
  #early: ToWorker[] = [];

  /** Throws where nobody has started this process as a worker. */
  constructor() {
    if (!process.send) throw new Error("nobody has started this process as a worker");
    // Whoever started us is gone, and with it the journal that we read; the next one goes on from our checkpoints.
    process.on("disconnect", () => process.exit(1));
    this.#orders = new Promise((resolve) => {
      process.on("message", (message: ToWorker) => {
        if (message.what === "orders") resolve(message.orders);
        else if (isAnswer(message)) this.#settle(message);
        else this.#hear(message);
      });
    });
    this.#hear = (message) => this.#early.push(message);
  }

  orders(): Promise<Orders> {
    return this.#orders;
  }

  listen(hear: (message: ToWorker) => void): void {
    this.#hear = hear;
    for (const message of this.#early.splice(0)) hear(message);
  }

  send(message: FromWorker): void {
    process.send!(message, undefined, undefined, () => undefined);
  }

  ask(question: (id: number) => Asking): Promise<Answer> {
    const id = this.#asked++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.send(question(id));
    });
  }

  /** Says a last thing, and lets go when it has been said. */
  async end(message: FromWorker): Promise<void> {
    await new Promise<void>((resolve) => process.send!(message, undefined, undefined, () => resolve()));
    process.removeAllListeners("disconnect");
    process.disconnect();
  }

  #settle(answer: Answer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}

function isAnswer(message: ToWorker): message is Answer {
  return ANSWERS.has(message.what);
}
