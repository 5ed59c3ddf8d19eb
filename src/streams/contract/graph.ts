import { z } from "zod";
import type {
  Operator,
  OperatorDefinition,
  Sink,
  SinkDefinition,
  Source,
  SourceDefinition,
} from "../component/definition.js";
import { reading } from "../record/record-type.js";
import type { Batch, StreamRecord } from "../record/record.js";
import type { Node, Topology } from "../topology/topology.js";

const place = { file: "test.yaml", line: 1, column: 1 };
const rest = { options: {}, emits: reading, sides: {}, demand: { fields: "all", samples: true }, place } as const;
const described = { summary: "A test's own.", options: z.strictObject({}), examples: [{}] };

/** A source node around a source of the test's own. */
export function sourceNode(name: string, source: Source<any>, more: Partial<SourceDefinition> = {}): Node {
  const definition: SourceDefinition = {
    ...described,
    role: "source",
    type: name,
    emits: () => reading,
    finite: () => true,
    open: () => source,
    ...more,
  };
  return { ...rest, name, definition, inputs: [] };
}

/** An operator node that reads the named nodes; `from: "spans.late"` reads a side. */
export function operatorNode(
  name: string,
  from: readonly string[],
  operator: Operator<any, any>,
  more: Partial<OperatorDefinition> = {},
): Node {
  const definition: OperatorDefinition = {
    ...described,
    role: "operator",
    type: name,
    accepts: "any",
    emits: () => reading,
    stateful: false,
    open: () => operator,
    ...more,
  };
  return { ...rest, name, definition, inputs: inputsOf(from) };
}

/** A sink node; its buffer writes at once unless told otherwise. */
export function sinkNode(
  name: string,
  from: readonly string[],
  sink: Sink<any, any>,
  more: Partial<SinkDefinition> = {},
): Node {
  const definition: SinkDefinition = {
    ...described,
    role: "sink",
    type: name,
    accepts: "any",
    reaches: "network",
    buffer: () => ({ size: 100, wait: 0, limit: 1000, overflow: "block" }),
    open: () => sink,
    ...more,
  };
  const { emits, ...others } = rest;
  return { ...others, ...(more.emits && { emits }), name, definition, inputs: inputsOf(from) };
}

export function topologyOf(...nodes: Node[]): Topology {
  return { name: "test", description: "", file: "test.yaml", nodes, tests: [] };
}

/** A finite source that gives these batches. */
export function listSource(...batches: Batch[]): Source<any> {
  return {
    async *read(stop) {
      for (const batch of batches) {
        if (stop.aborted) return;
        yield batch;
      }
    },
  };
}

/** A sink that keeps what it was given. */
export class Keeping implements Sink<any> {
  readonly records: StreamRecord[] = [];
  closed = 0;
  async write(batch: readonly StreamRecord[]): Promise<undefined> {
    this.records.push(...batch);
  }
  async close(): Promise<void> {
    this.closed++;
  }
}

function inputsOf(from: readonly string[]): Node["inputs"] {
  return from.map((reference) => {
    const [node = "", side] = reference.split(".");
    return { node, type: reading, ...(side !== undefined && { side }) };
  });
}
