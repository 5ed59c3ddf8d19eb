import { setTimeout as pause } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { HOSTILE, HUGE, type Hostile } from "../../test/hostile.js";
import { exported } from "../export.js";
import { cannotOpen, type Place } from "../place.js";
import { allAnswered, answersText } from "../promptness.js";
import { exactly, type Finding, type Options, type Scenario, told } from "../scenario.js";
import { onStage } from "../stage.js";

const LARGE = 300_000;
const DAY = 24 * 3_600_000;
/** Names that mean something to a server whose topics have dots: each is a printer like any other. */
const ODD = ["printer.1", ".", "a..b", "a printer", "*", ">", "$SYS", "Drucker-ä", "layerstream.x.1.y"];
/** Readings of each of them. */
const EACH = 20;
const BEFORE = 10_000;
/** ms */
const BETWEEN = 10;

const figures = ({ rate, seconds, small }: Options) => ({
  rate: rate ?? (small ? 500 : 5_000),
  seconds: seconds ?? (small ? 10 : 60),
});

/** Messages that are no readings, readings of printers with odd names, and some from tomorrow, among all the others. */
export const garbage: Scenario = {
  name: "garbage",
  injects: (options) =>
    `no readings, large ones, odd names and times to come, for ${figures(options).seconds} s among ` +
    `${figures(options).rate} readings/s`,
  cannot: cannotOpen,
  run(options, say) {
    const { rate, seconds } = figures(options);
    return onStage(rate, options, async (stage) => {
      const { place, promptness } = stage;
      const before = await stage.span(BEFORE);
      say("garbage begins");
      const [dead, during] = await Promise.all([spoil(place, seconds), stage.span(seconds * 1000)]);
      say("waiting until all is written");
      const count = await stage.finish();
      const ended = place.instance.program.logged("ended").at(-1);
      return [
        told("feedback before", answersText(promptness.between(before.from, before.to))),
        told("feedback meanwhile", answersText(promptness.between(during.from, during.to))),
        allAnswered("meanwhile", promptness.between(during.from, during.to - 1_000)),
        exactly("dead letters", dead, Number(ended?.dead)),
        ...(await judgeOdd(place)),
        ...(await stage.judge(count)),
      ];
    });
  },
};

/** Publishes it all again and again; resolves with how many dead letters that makes. */
async function spoil({ broker }: Place, seconds: number): Promise<number> {
  const client = await connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0 });
  const began = performance.now();
  const since = Date.now();
  const send = (id: string, payload: string | Buffer) =>
    client.publishAsync(`printing/${id}/sensor`, payload, { qos: 1 });
  const usual = HOSTILE.filter(({ payload }) => payload.length < HUGE);
  const hostile: readonly Pick<Hostile, "id" | "payload">[] = [
    ...usual,
    { id: "printer_1", payload: reading("printer_1", since, { note: "x".repeat(LARGE) }) },
    { id: "tomorrow", payload: reading("tomorrow", since + DAY + 60_000) },
  ];
  for (let n = 0; n < EACH; n++) for (const id of ODD) await send(id, reading(id, since + n * 100));
  let dead = 0;
  while (performance.now() - began < seconds * 1000) {
    const { id, payload } = hostile[dead % hostile.length]!;
    await send(id, payload);
    dead++;
    await pause(BETWEEN);
  }
  await client.endAsync();
  return dead;
}

async function judgeOdd({ database }: Place): Promise<Finding[]> {
  const found = await Promise.all(
    ODD.map(async (id) => {
      const [fields] = (await exported(database.url, id, "printer_sensor")).values();
      return fields?.find(({ field }) => field === "roughness")?.at.size ?? 0;
    }),
  );
  return [
    exactly(
      "readings of printers with odd names",
      ODD.length * EACH,
      found.reduce((sum, n) => sum + n, 0),
    ),
  ];
}

function reading(id: string, time: number, more: object = {}): string {
  return JSON.stringify({ printer_id: id, timestamp: new Date(time).toISOString(), roughness: 30, ...more });
}
