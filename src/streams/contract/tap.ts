import type { Context } from "../component/context.js";
import type { Source, SourceDefinition } from "../component/definition.js";
import type { Node } from "../topology/topology.js";
import { sourceNode } from "./graph.js";

/** A source whose stream is kept: gives what it is told to, a batch a call, and remembers what was acknowledged. */
export class Tap {
  readonly acknowledged: string[] = [];
  #waiting: string[] = [];
  #wake = (): void => {};
  readonly #stops = new WeakSet<AbortSignal>();

  give(...keys: string[]): void {
    this.#waiting.push(...keys);
    this.#wake();
  }

  /** @param more what its definition and its source have besides */
  node(name = "in", more: Partial<SourceDefinition> = {}, source: Partial<Source<unknown>> = {}): Node {
    const { acknowledged } = this;
    const open = (_: unknown, { positions }: Context): Source<unknown> => {
      let texts: string[] = [];
      const next = async (stop: AbortSignal): Promise<string[]> => {
        while (this.#waiting.length === 0 && !stop.aborted)
          await new Promise<void>((go) => {
            this.#wake = go;
            if (!this.#stops.has(stop)) stop.addEventListener("abort", () => this.#wake());
            this.#stops.add(stop);
          });
        return stop.aborted ? [] : this.#waiting.splice(0);
      };
      return {
        async *read(stop) {
          for (let keys = await next(stop); keys.length > 0; keys = await next(stop)) {
            texts = keys.map(() => '{"n":1}');
            yield keys.map((key) => ({ key, eventTime: 1000, value: { n: 1 }, position: positions.next(key) }));
            acknowledged.push(...keys);
          }
        },
        texts: () => texts,
        ...source,
      };
    };
    return sourceNode(name, { read: neverRead }, { open, keeps: () => "os", finite: () => false, ...more });
  }
}

async function* neverRead(): AsyncGenerator<never> {
  // stands where an open source is asked for
}
