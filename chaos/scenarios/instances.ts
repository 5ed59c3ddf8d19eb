import { setTimeout as pause } from "node:timers/promises";
import type { Instance } from "../instance.js";
import { onPair, type Pair } from "../pair.js";
import { cannotOpen, cannotOpenNats } from "../place.js";
import { allAnswered, answersText } from "../promptness.js";
import { exactly, type Finding, finding, type Options, type Scenario, told } from "../scenario.js";
import { LEASES, readsMqtt, timeOf } from "../shares.js";
import { type Absence, judgeAbsence, judgeShares, takeAway } from "../take-over.js";

const INSTANCES = 3;
/** Nothing happens before the first harm, between the harms, and after the last. ms */
const CALM = 10_000;
/** So long one is gone that was killed. ms */
const GONE = 20_000;
/** So long one stands still. ms */
const FROZEN = 15_000;

const DONE = { kill: `killed and back after ${GONE / 1000} s`, freeze: `frozen for ${FROZEN / 1000} s` };

const figures = ({ rate, small }: Options) => ({ rate: rate ?? (small ? 500 : 2_000) });

interface Plan {
  readonly name: string;
  /** `one of them`. */
  readonly whom: string;
  isChosen(instance: Instance): boolean;
  /** What is done to it, one after the other. */
  readonly harms: readonly ("kill" | "freeze")[];
  /** What it had acknowledged and not sent on comes when it is back: too late for some windows, and for some answers. */
  readonly keepsBack?: boolean;
}

/**
 * Three instances share the work on one farm, and one alone does it on another. One of the three is killed and started again,
 * or frozen and thawed; in the end both databases must hold the same.
 */
const instances = ({ name, whom, isChosen, harms, keepsBack = false }: Plan): Scenario => ({
  name,
  injects: (options) =>
    `${INSTANCES} instances at ${figures(options).rate} readings/s, ${whom} ${harms.map((harm) => DONE[harm]).join(", then ")}`,
  cannot: () => cannotOpen() ?? cannotOpenNats(),
  run(options, say) {
    const findings: Finding[] = [];
    const setting = {
      ...figures(options),
      disturbed: { nats: true, instances: INSTANCES },
    };
    return onPair(
      setting,
      options,
      async (pair) => {
        const { promptness, disturbed } = pair;
        say("shared");
        const before = performance.now();
        await pause(CALM);
        const calm = promptness.between(before, performance.now());
        findings.push(told("feedback before", answersText(calm)));
        for (const harm of harms) {
          const chosen = disturbed.instances.find(isChosen)!;
          findings.push(...(await (harm === "kill" ? killOne : freezeOne)(pair, chosen, say)));
        }
        const after = performance.now();
        await pause(CALM);
        const rest = promptness.between(after, performance.now() - 1_000);
        findings.push(told("feedback after", answersText(rest)), allAnswered("afterwards", rest));
        const count = await pair.finish(say);
        say("comparing");
        const judged = await pair.judge(count);
        return [...findings, ...(keepsBack ? judged.map(withoutConclusions) : judged)];
      },
      async (disturbed) => void findings.push(...(await judgeShares("at the start", disturbed.instances))),
    );
  },
});

async function killOne(pair: Pair, one: Instance, say: (text: string) => void): Promise<Finding[]> {
  const { disturbed } = pair;
  say("killing one");
  const absence = await takeAway(disturbed, one, () => one.kill());
  await pause(GONE - (performance.now() - absence.began));
  const shares = await judgeShares("killed: meanwhile", absence.others);
  say("starting it again");
  const until = performance.now();
  const how = await one.startAgain();
  const again = await judgeShares("killed: since it is back", disturbed.instances);
  return [
    ...judgeAbsence("killed", pair, absence, until),
    ...shares,
    finding("killed: its next start", "it runs", how, how === "it runs"),
    ...again,
  ];
}

async function freezeOne(pair: Pair, one: Instance, say: (text: string) => void): Promise<Finding[]> {
  const { disturbed } = pair;
  say("freezing one");
  const absence = await takeAway(disturbed, one, () => one.program.signal("SIGSTOP"));
  await pause(FROZEN - (performance.now() - absence.began));
  const shares = await judgeShares("frozen: meanwhile", absence.others);
  say("thawing it");
  const [thawed, until] = [Date.now(), performance.now()];
  one.program.signal("SIGCONT");
  const again = await judgeShares("thawed", disturbed.instances);
  return [...judgeAbsence("frozen", pair, absence, until), ...shares, ...again, ...judgeFence(one, absence, thawed)];
}

/** That it says what it lost, and does nothing until it has something again. */
function judgeFence({ program }: Instance, { partitions }: Absence, thawed: number): Finding[] {
  const since = program.log.filter((line) => timeOf(line) >= thawed);
  const its = since.filter(({ group }) => group === LEASES);
  const lost = new Set(its.filter(({ message }) => message === "lost a partition").map(({ partition }) => partition));
  const again = since.findIndex(({ message, group }) => message === "took a partition" && group === LEASES);
  const given = since.slice(0, again < 0 ? undefined : again).filter(({ message }) => message === "printer adjusted");
  return [
    exactly("thawed: partitions that it says are lost", partitions.size, lost.size),
    exactly("thawed: commands that it gave for them", 0, given.length),
  ];
}

/** Of those that lacked a reading nothing is promised. */
function withoutConclusions(one: Finding): Finding {
  return /^(?:printer_(?!sensor)|episodes|ends of|commands that)/.test(one.what) ? told(one.what, one.found) : one;
}

const [another, reader] = [
  { whom: "one of them", isChosen: ({ program }: Instance) => !readsMqtt(program) },
  { whom: "the one that reads MQTT", isChosen: ({ program }: Instance) => readsMqtt(program) },
];
export const sharing = instances({ name: "instances", ...another, harms: ["kill", "freeze"] });
export const readerKill = instances({ name: "reader-kill", ...reader, harms: ["kill"], keepsBack: true });
export const readerFreeze = instances({ name: "reader-freeze", ...reader, harms: ["freeze"] });
