import { cannotOpen } from "../place.js";
import { allAnswered, answersText, noneBelated } from "../promptness.js";
import { finding, type Options, type Scenario, told } from "../scenario.js";
import { cannotMount, SmallDisk } from "../../test/small-disk.js";
import { onStage, type Span, type Stage } from "../stage.js";

/** MB: more than the program keeps of a run of some minutes. */
const SIZE = 1_024;
const BEFORE = 10_000;
const AFTER = 10_000;
const SAID = /ENOSPC|no space|disk is full|disk full/i;

const figures = ({ rate, seconds, small }: Options) => ({
  rate: rate ?? (small ? 500 : 5_000),
  seconds: seconds ?? (small ? 10 : 60),
});

/** No byte can be written to STATE_DIR for a while. */
export const diskFull: Scenario = {
  name: "disk-full",
  injects(options) {
    const { rate, seconds } = figures(options);
    return `disk of STATE_DIR full for ${seconds} s at ${rate} readings/s`;
  },
  cannot: () => cannotOpen() ?? cannotMount(),
  async run(options, say) {
    const { rate, seconds } = figures(options);
    const disk = SmallDisk.mount(SIZE);
    try {
      return await onStage(rate, options, (stage) => fillAndFree(stage, disk, seconds, say), { folder: disk.folder });
    } finally {
      disk.unmount();
    }
  },
};

async function fillAndFree(stage: Stage, disk: SmallDisk, seconds: number, say: (text: string) => void) {
  const before = await stage.span(BEFORE);
  const used = SIZE - (await disk.room());
  say("disk full");
  const during = await full(stage, disk, seconds);
  await disk.free();
  say("disk freed");
  const after = await stage.span(AFTER);
  const { place, promptness } = stage;
  const { instance } = place;
  const said = [...instance.program.log].find(
    (line) => ["warn", "error"].includes(line.level) && SAID.test(JSON.stringify(line)),
  );
  const rest = await stage.judge(await stage.finish());
  // What it finds in its folder must be whole.
  const how = await instance.startAgain();
  await place.end();
  const { worries } = instance;
  const answers = ({ from, to }: Span) => promptness.between(from, to);
  return [
    told("on the disk before", `${used.toFixed(1)} MB`),
    told("feedback before", answersText(answers(before))),
    told("feedback with a full disk", answersText(answers(during))),
    allAnswered("meanwhile", answers(during)),
    noneBelated(answers(during)),
    allAnswered("afterwards", answers({ ...after, to: after.to - 1_000 })),
    finding("said in the log", "yes", said ? `${said.level}: ${said.message}` : "no", said !== undefined),
    ...rest,
    finding("the next start", "it runs", how, how === "it runs"),
    finding("its complaints", "none", worries.join("; ") || "none", worries.length === 0),
  ];
}

/** Takes whatever is freed, once a second. */
async function full(stage: Stage, disk: SmallDisk, seconds: number): Promise<Span> {
  const from = performance.now();
  let memory: number[] = [];
  for (let second = 0; second < seconds; second++) {
    await disk.fill();
    memory = [...memory, ...(await stage.span(1_000)).memory];
  }
  return { from, to: performance.now(), memory };
}
