import { setTimeout as pause } from "node:timers/promises";
import type { NatsServer } from "../../test/nats-process.js";
import { journalBytes } from "../journal-files.js";
import { onPair, type Pair } from "../pair.js";
import { cannotOpen, cannotOpenNats } from "../place.js";
import { allAnswered, type Answers, answersText } from "../promptness.js";
import { sequence } from "../random.js";
import { type Finding, finding, type Options, type Scenario, told } from "../scenario.js";
import { fillStreams } from "../streams.js";

/** Readings a second of one printer: two programs with their models run side by side, beside all that they work with. */
const HERTZ = 25;
/** Before the trouble, and after it. ms */
const CALM = 10_000;
/** Until the first half minute of readings has been taken in. ms */
const SETTLING = 5_000;
/** What was read meanwhile goes through once it is over. ms */
const CATCHING_UP = 15_000;
/** The journal takes at least so much of what it took a second before. */
const STEADY = 0.8;
/** So long the server is up between two kills, and down, at most. ms */
const [UP, DOWN] = [5_000, 1_000];

interface Figures {
  readonly rate: number;
  readonly seconds: number;
  readonly kills: number;
}

/** Something that happens to a nats-server. */
interface Harm {
  readonly name: string;
  /** s */
  readonly lasts: { readonly full: number; readonly small: number };
  injects(figures: Figures): string;
  /** Resolves when it is over. */
  act(server: NatsServer, figures: Figures & Options, say: (text: string) => void): Promise<void>;
  /** What is read in it is too old to be acted on before it is worked on. */
  readonly tooLong?: boolean;
}

/** One place works over a nats-server that is in trouble for a while, the other without any: rows must be the same. */
const inTrouble = (harm: Harm): Scenario => {
  const figures = ({ rate, seconds, kills, small }: Options): Figures => ({
    rate: rate ?? (small ? 500 : 5_000),
    seconds: seconds ?? (small ? harm.lasts.small : harm.lasts.full),
    kills: kills ?? (small ? 3 : 10),
  });
  return {
    name: harm.name,
    injects: (options) => `${harm.injects(figures(options))} at ${figures(options).rate} readings/s`,
    cannot: () => cannotOpen() ?? cannotOpenNats(),
    run: (options, say) =>
      onPair({ rate: figures(options).rate, hertz: HERTZ, disturbed: { nats: true } }, options, async (pair) => {
        const { disturbed } = pair;
        await pause(SETTLING);
        const before = await watched(pair, () => pause(CALM));
        const during = await watched(pair, () => harm.act(disturbed.nats!, { ...options, ...figures(options) }, say));
        say("over");
        await pause(CATCHING_UP);
        const after = await watched(pair, () => pause(CALM));
        const count = await pair.finish(say);
        say("comparing");
        const judged = await pair.judge(count);
        return [
          judgeJournal(before, during),
          told("feedback before", answersText(before.answers())),
          told("feedback meanwhile", answersText(during.answers())),
          told("feedback after", answersText(after.answers())),
          allAnswered("afterwards", after.answers()),
          ...(harm.tooLong ? judged.map(withoutAnswers) : judged),
        ];
      }),
  };
};

export const natsKill = inTrouble({
  name: "nats-kill",
  lasts: { full: 0, small: 0 },
  injects: ({ kills }) => `nats-server killed ${kills} x with kill -9`,
  async act(server, { kills, seed }, say) {
    const random = sequence(seed);
    for (let i = 1; i <= kills; i++) {
      await server.kill("SIGKILL");
      say(`nats-server killed, ${i} of ${kills}`);
      await pause(random() * DOWN);
      await server.run();
      await pause(random() * UP);
    }
  },
});

export const natsFreeze = inTrouble({
  name: "nats-freeze",
  lasts: { full: 30, small: 10 },
  injects: ({ seconds }) => `nats-server frozen for ${seconds} s`,
  async act(server, { seconds }, say) {
    say("nats-server frozen");
    server.freeze();
    await pause(seconds * 1000);
    server.thaw();
  },
});

export const natsFull = inTrouble({
  name: "nats-full",
  lasts: { full: 30, small: 10 },
  injects: ({ seconds }) => `streams of the nats-server full for ${seconds} s`,
  async act(server, { seconds }, say) {
    say("streams full");
    const free = await fillStreams(server.url);
    await pause(seconds * 1000);
    await free();
  },
});

export const natsLost = inTrouble({
  name: "nats-lost",
  lasts: { full: 60, small: 15 },
  injects: ({ seconds }) => `nats-server gone for ${seconds} s`,
  async act(server, { seconds }, say) {
    say("nats-server gone");
    await server.kill("SIGTERM");
    await pause(seconds * 1000);
    await server.run();
  },
  tooLong: true,
});

/** A time in which an instance took readings in. */
interface Watch {
  readonly seconds: number;
  /** What its journal grew by. */
  readonly bytes: number;
  answers(): Answers;
}

async function watched({ disturbed, promptness }: Pair, act: () => Promise<unknown>): Promise<Watch> {
  const { folder } = disturbed.instance;
  const [from, before] = [performance.now(), await journalBytes(folder)];
  await act();
  const [to, bytes] = [performance.now(), (await journalBytes(folder)) - before];
  return { seconds: (to - from) / 1000, bytes, answers: () => promptness.between(from, to - 1_000) };
}

/** That readings were taken in, and so acknowledged, all the time. */
function judgeJournal(before: Watch, during: Watch): Finding {
  const [usual, meanwhile] = [before, during].map(({ bytes, seconds }) => bytes / seconds / 1000) as [number, number];
  return finding(
    "local journal meanwhile",
    `at least ${Math.round(STEADY * usual)} kB/s`,
    `${Math.round(meanwhile)} kB/s`,
    meanwhile >= STEADY * usual,
  );
}

/** Of answers nothing is promised where readings were too old to be acted on when they were worked on. */
function withoutAnswers(one: Finding): Finding {
  return /^(?:printer_feedback|outcomes|episodes never|ends of)/.test(one.what) ? told(one.what, one.found) : one;
}
