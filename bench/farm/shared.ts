import { natsProgram, NatsServer } from "../../test/nats-process.js";
import { median, ratio } from "./figures.js";
import { type Drained, drainOnce, FLOOD } from "./flood.js";
import { Subject } from "./subject.js";

const ROUNDS = 3;

/** What it costs an instance to take everything over a nats-server, against one process with its own journal. */
export async function shared(): Promise<void> {
  if (!natsProgram) throw new Error("this bench needs nats-server: apt-get install nats-server");
  console.log(`${FLOOD}, as they are published, ${ROUNDS} rounds`);
  const alone: Drained[] = [];
  const instance: Drained[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    alone.push(await drainOnce(Subject.layerstream, `round ${round}`, { stopped: false }));
    const server = await NatsServer.start();
    const start = (mqtt: string, influx: string) => Subject.instance(server.url, mqtt, influx);
    try {
      instance.push(await drainOnce(start, `round ${round}`, { stopped: false }));
    } finally {
      await server.remove();
    }
  }
  const of = (rounds: readonly Drained[], figure: "perSecond" | "cpu" | "peak") =>
    median(rounds.map((each) => each[figure]));
  console.log(`median readings/s   ${ratio(of(instance, "perSecond"), of(alone, "perSecond"))}`);
  console.log(`median CPU µs each  ${ratio(of(instance, "cpu"), of(alone, "cpu"))}`);
  console.log(`median peak MB      ${ratio(of(instance, "peak"), of(alone, "peak"))}`);
}
