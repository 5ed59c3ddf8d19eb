import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A member of a group in a process of its own, that acts for each of its partitions again and again. */
const CHILD = `
import { writeSync } from "node:fs";
const dist = (path) => import(new URL(path, process.argv[1]));
const { openNats } = await dist("connections/nats/open.js");
const { Ownership } = await dist("connections/nats/ownership.js");
const { openCheckpoints } = await dist("connections/nats/checkpoints.js");
const { systemClock: clock } = await dist("streams/time/clock.js");
const [, , url, group, member, partitions] = process.argv;
const log = { debug() {}, info() {}, warn() {}, error() {} };
const say = (what) => writeSync(1, JSON.stringify({ at: clock.now(), ...what }) + "\\n");
const nats = await openNats({ url, name: member, log, clock, random: () => 0 }, new AbortController().signal);
const checkpoints = await openCheckpoints(nats, { group, pipeline: "quality", replicas: 1 });
const mine = new Map();
const ownership = await Ownership.join({ nats, group, member, partitions: Number(partitions), replicas: 1, log, clock,
  gained(partition, epoch) {
    say({ gained: partition, epoch });
    mine.set(partition, checkpoints.claim(partition, epoch));
  },
  lost: (partition) => say({ lost: partition }),
  release: async (partition) => say({ released: partition }) });
const act = async () => {
  for (const [partition, claim] of mine) {
    const epoch = ownership.epochOf(partition);
    if (epoch !== undefined) say({ acted: partition, epoch });
    // A fool that does not ask whether it still owns the partition.
    const claimed = await claim;
    const kept = await claimed.save(Buffer.from(member)).then(() => true, () => false);
    say({ kept, partition });
    if (!kept) mine.delete(partition);
  }
  setTimeout(act, 20);
};
act();
`;

export interface Said {
  readonly at: number;
  readonly gained?: number;
  readonly lost?: number;
  readonly acted?: number;
  readonly epoch?: number;
  readonly kept?: boolean;
  readonly partition?: number;
}

export class Member {
  readonly said: Said[] = [];
  readonly #process: ChildProcess;

  constructor(url: string, group: string, member: string, partitions: number) {
    const dist = new URL("../dist/", import.meta.url).href;
    const args = ["--input-type=module", "--eval", CHILD, dist, url, group, member, String(partitions)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.said.push(JSON.parse(line) as Said));
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }
}
