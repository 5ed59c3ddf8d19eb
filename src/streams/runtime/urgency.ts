import type { OpenNode } from "./open.js";

/**
 * Urgent sinks and what decides for them at once: record by record, with no window and no micro-batch between. What comes
 * by a window or a model has waited already.
 */
export function promptNodes(nodes: readonly OpenNode[]): ReadonlySet<string> {
  const prompt = new Set<string>();
  const wanted = new Set<string>();
  for (const open of [...nodes].reverse()) {
    const { name, inputs, definition } = open.node;
    const decides = open.role === "operator" && !("processBatch" in open.operator) && !ownsTime(open);
    if (!(definition.role === "sink" ? definition.urgent : decides && wanted.has(name))) continue;
    prompt.add(name);
    for (const { node } of inputs) wanted.add(node);
  }
  return prompt;
}

function ownsTime({ node: { definition } }: OpenNode): boolean {
  return definition.role === "operator" && definition.ownTime === true;
}
