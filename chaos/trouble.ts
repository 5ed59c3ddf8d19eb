import { median } from "../bench/farm/figures.js";
import { allAnswered, type Answers, answersText, noneBelated } from "./promptness.js";
import { type Finding, finding, told } from "./scenario.js";
import { memoryText, type Span, type Stage } from "./stage.js";

/** Feedback may take so much longer with a database in trouble. */
const SLOWER = 1.5;
/** Memory may grow so much, once what it had compiled and buffered is there. */
const LARGER = 1.5;
/** The undisturbed time before it is as long, and at least so long, s. */
const LEAST = 10;
/** Of fewer episodes a p99 is the one that took longest. */
const ENOUGH = 100;

/** Something that is done to the database and taken back. */
export interface Harm {
  begin(): void | Promise<void>;
  /** Half-way. */
  turn?(): void | Promise<void>;
  end(): void | Promise<void>;
}

/** Lets a database be in trouble for so many seconds, and says what feedback, memory and rows were like. */
export async function judgeTrouble(
  stage: Stage,
  seconds: number,
  say: (text: string) => void,
  harm: Harm,
): Promise<Finding[]> {
  const before = await stage.span(Math.max(LEAST, seconds) * 1000);
  say("trouble begins");
  await harm.begin();
  const first = await stage.span(seconds * 500);
  await harm.turn?.();
  const second = await stage.span(seconds * 500);
  const during = { from: first.from, to: second.to, memory: [...first.memory, ...second.memory] };
  await harm.end();
  say("trouble is over");
  const after = await stage.span(LEAST * 1000);
  say("waiting until all is written");
  const rest = await stage.judge(await stage.finish());
  const answers = ({ from, to }: Span) => stage.promptness.between(from, to);
  return [
    ...judgeSpeed(answers(before), answers(during)),
    allAnswered("in trouble", answers(during)),
    noneBelated(answers(during)),
    ...judgeMemory(before, during, after),
    ...rest,
  ];
}

function judgeSpeed(before: Answers, during: Answers): Finding[] {
  return [
    told("feedback before", answersText(before)),
    told("feedback in trouble", answersText(during)),
    ...(["p50", "p99"] as const).map((figure) => {
      const ratio = during[figure] / before[figure];
      const text = `${ratio.toFixed(2)} x`;
      if (Math.min(before.episodes, during.episodes) < ENOUGH)
        return told(`feedback, ${figure}, of too few to judge`, text);
      return finding(`feedback, ${figure}`, `at most ${SLOWER} x`, text, ratio <= SLOWER);
    }),
  ];
}

function judgeMemory(before: Span, during: Span, after: Span): Finding[] {
  const ratio = Math.max(...during.memory, ...after.memory) / median(before.memory);
  return [
    told("memory before", memoryText(before)),
    told("memory in trouble", memoryText(during)),
    told("memory after", memoryText(after)),
    finding("memory, highest", `at most ${LARGER} x`, `${ratio.toFixed(2)} x`, ratio <= LARGER),
  ];
}
