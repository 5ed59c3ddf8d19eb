import type { NodeStatus } from "../../streams/runtime/metrics.js";

/** What processes that share a node counted, as one. */
export function together(each: readonly NodeStatus[]): NodeStatus[] {
  const nodes = new Map<string, NodeStatus>();
  for (const node of each) {
    const name = `${node.pipeline}.${node.node}`;
    const known = nodes.get(name);
    nodes.set(name, known ? sumOf(known, node) : node);
  }
  return [...nodes.values()];
}

/** What a process that is gone had counted; what it held is nobody's now. */
export function countedBy({ pipeline, node, role, type, ...counted }: NodeStatus): NodeStatus {
  const { in: taken, out, dead, dropped, retries, busySeconds, sides } = counted;
  const held = { inFlight: 0, onDisk: 0, diskBytes: 0, connected: true };
  return { pipeline, node, role, type, in: taken, out, dead, dropped, retries, busySeconds, sides, ...held };
}

/** A node that has counted nothing yet. */
export function nothingOf({ pipeline, node, role, type }: NodeStatus): NodeStatus {
  const counted = { in: 0, out: 0, dead: 0, dropped: 0, retries: 0, busySeconds: 0, sides: {} };
  return { pipeline, node, role, type, ...counted, inFlight: 0, onDisk: 0, diskBytes: 0, connected: true };
}

function sumOf(a: NodeStatus, b: NodeStatus): NodeStatus {
  const watermark =
    a.watermark && b.watermark
      ? a.watermark.time < b.watermark.time
        ? a.watermark
        : b.watermark
      : (a.watermark ?? b.watermark);
  const keys = a.keys === undefined && b.keys === undefined ? undefined : (a.keys ?? 0) + (b.keys ?? 0);
  const sides: Record<string, number> = { ...a.sides };
  for (const [side, count] of Object.entries(b.sides)) sides[side] = (sides[side] ?? 0) + count;
  return {
    pipeline: a.pipeline,
    node: a.node,
    role: a.role,
    type: a.type,
    in: a.in + b.in,
    out: a.out + b.out,
    dead: a.dead + b.dead,
    dropped: a.dropped + b.dropped,
    inFlight: a.inFlight + b.inFlight,
    onDisk: a.onDisk + b.onDisk,
    diskBytes: a.diskBytes + b.diskBytes,
    retries: a.retries + b.retries,
    busySeconds: a.busySeconds + b.busySeconds,
    sides,
    connected: a.connected && b.connected,
    ...(watermark && { watermark }),
    ...(keys !== undefined && { keys }),
  };
}
