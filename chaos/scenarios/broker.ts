import { setTimeout as pause } from "node:timers/promises";
import { cannotOpen } from "../place.js";
import { allAnswered, answersText } from "../promptness.js";
import { type Finding, type Options, type Scenario, told } from "../scenario.js";
import { memoryText, onStage, type Span, type Stage } from "../stage.js";

/** Until what the trouble held back is no longer felt. ms */
const AFTER = 5_000;
/** Before the trouble, and after it. ms */
const BEFORE = 10_000;
/** What a restart takes. ms */
const AWAY = 5_000;
/** How often it is restarted. */
const TIMES = 2;
/** Between two attempts of the program to connect, when several came to nothing. ms */
const LONGEST_PAUSE = 30_000;
/** Shorter than a pause between two attempts to connect, and longer. ms */
const FLAP = { times: 10, away: 1_000, there: 2_000 };

const figures = ({ rate, seconds, small }: Options) => ({
  rate: rate ?? (small ? 500 : 5_000),
  seconds: seconds ?? (small ? 10 : 60),
});

/** It holds its connections, takes nothing and says nothing; then it goes on. */
export const brokerFreeze: Scenario = {
  name: "broker-freeze",
  injects(options) {
    const { rate, seconds } = figures(options);
    return `broker frozen for ${seconds} s at ${rate} readings/s`;
  },
  cannot: cannotOpen,
  run(options, say) {
    const { rate, seconds } = figures(options);
    return onStage(rate, options, async (stage) => {
      const { broker } = stage.place;
      const before = await stage.span(BEFORE);
      say("broker frozen");
      broker.freeze();
      const during = await stage.span(seconds * 1000);
      broker.thaw();
      say("broker thawed");
      await stage.feed.caughtUp();
      await pause(AFTER);
      const after = await stage.span(BEFORE);
      return [...tell(stage, before, during, after), ...(await stage.judge(await stage.finish()))];
    });
  },
};

/** It saves its sessions and is gone for a while, as when it is updated. */
export const brokerRestart: Scenario = {
  name: "broker-restart",
  injects: () => "broker stopped for 5 s, twice",
  cannot: cannotOpen,
  run(options, say) {
    return onStage(figures(options).rate, options, async (stage) => {
      const before = await stage.span(BEFORE);
      for (let i = 1; i <= TIMES; i++) await restart(stage, "SIGTERM", () => say(`broker stopped, ${i} of ${TIMES}`));
      const after = await stage.span(BEFORE);
      return [...tell(stage, before, undefined, after), ...(await stage.judge(await stage.finish()))];
    });
  },
};

/** It comes and goes as with a loose plug. */
export const brokerFlap: Scenario = {
  name: "broker-flap",
  injects: () => `broker stopped for ${FLAP.away / 1000} s, ${FLAP.times} times`,
  cannot: cannotOpen,
  run(options, say) {
    return onStage(figures(options).rate, options, async (stage) => {
      const before = await stage.span(BEFORE);
      const during = await Promise.all([
        stage.span(FLAP.times * (FLAP.away + FLAP.there)),
        flap(stage, (i) => say(`broker stopped, ${i} of ${FLAP.times}`)),
      ]);
      await pause(LONGEST_PAUSE);
      const after = await stage.span(BEFORE);
      return [...tell(stage, before, during[0], after), ...(await stage.judge(await stage.finish()))];
    });
  },
};

async function flap({ place }: Stage, say: (i: number) => void): Promise<void> {
  for (let i = 1; i <= FLAP.times; i++) {
    say(i);
    await place.broker.kill("SIGTERM");
    await pause(FLAP.away);
    await place.broker.run();
    await pause(FLAP.there);
  }
}

/** It forgets its sessions and what was in them. What is sent after it is back must all be there. */
export const brokerKill: Scenario = {
  name: "broker-kill",
  injects: () => "broker killed, back after 5 s",
  cannot: cannotOpen,
  run(options, say) {
    return onStage(figures(options).rate, options, async (stage) => {
      const { farm, feed } = stage;
      const before = await stage.span(BEFORE);
      const safe = feed.acknowledged - farm.rate;
      await restart(stage, "SIGKILL", () => say("broker killed"));
      const back = feed.due;
      const after = await stage.span(BEFORE);
      const reading = (i: number) => i < safe || i >= back;
      return [...tell(stage, before, undefined, after), ...(await stage.judge(await stage.finish(), { reading }))];
    });
  },
};

/** Resolves when everyone is connected again and has caught up. */
async function restart({ place, feed }: Stage, how: "SIGTERM" | "SIGKILL", say: () => void): Promise<void> {
  say();
  await place.broker.kill(how);
  await pause(AWAY);
  await place.broker.run();
  await feed.caughtUp();
  await pause(AFTER);
}

function tell({ promptness }: Stage, before: Span, during: Span | undefined, after: Span): Finding[] {
  const answers = ({ from, to }: Span) => promptness.between(from, to);
  return [
    told("feedback before", answersText(answers(before))),
    told("feedback after", answersText(answers(after))),
    allAnswered("afterwards", answers({ ...after, to: after.to - 1_000 })),
    told("memory before", memoryText(before)),
    ...(during ? [told("memory meanwhile", memoryText(during))] : []),
    told("memory after", memoryText(after)),
  ];
}
