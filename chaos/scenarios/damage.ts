import { open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { journalOf } from "../journal-files.js";
import { cannotOpen } from "../place.js";
import { finding, type Options, type Scenario, told } from "../scenario.js";
import { onStage } from "../stage.js";

const BEFORE = 8_000;
const AFTER = 8_000;
/** Within so many seconds before the kill readings may be in the damaged part. */
const NEAR = 5;
const TORN = 7;
/** Bytes before the end that are hardly behind the newest checkpoint yet, and have whole appends behind them. */
const UNREAD = 100_000;

const figures = ({ rate, small }: Options) => ({ rate: rate ?? (small ? 500 : 5_000) });

/** Does something to the newest file of the journal while the program is dead. */
const damaged = (name: string, what: string, damage: (path: string, size: number) => Promise<void>): Scenario => ({
  name,
  injects: () => `kill -9, ${what}`,
  cannot: cannotOpen,
  run: (options, say) =>
    onStage(figures(options).rate, options, async (stage) => {
      const { farm, feed } = stage;
      const { instance } = stage.place;
      await stage.span(BEFORE);
      const safe = feed.acknowledged - NEAR * farm.rate;
      await instance.kill();
      const killed = feed.sent;
      const [newest] = await journalOf(instance.folder);
      if (newest === undefined)
        return [finding("files in STATE_DIR/journal", "some", "none: there is nothing to damage", false)];
      await damage(newest.path, newest.size);
      say(`damaged ${newest.path}, ${newest.size} bytes`);
      const how = await instance.startAgain();
      const started = [
        told("bytes in the newest file", newest.size),
        finding("the next start", "it runs", how, how === "it runs"),
      ];
      if (how === "it ended") return [...started, told("it says", instance.worries.join("\n  "))];
      await pause(AFTER);
      const count = await stage.finish();
      const worries = instance.worries.filter((line) => line.includes("journal"));
      const [all] = await stage.judge(count);
      const reading = (i: number) => i < safe || i >= killed;
      return [
        ...started,
        finding(
          "it says what was lost",
          "yes",
          [worries.length > 0 ? "yes" : "no", ...worries].join("\n  "),
          worries.length > 0,
        ),
        told("readings, those of the last seconds before it too", all!.found),
        ...(await stage.judge(count, { reading })),
      ];
    }),
});

export const tornSegment = damaged("torn-segment", `the journal's last ${TORN} bytes torn off`, async (path, size) => {
  const file = await open(path, "r+");
  await file.truncate(Math.max(0, size - TORN));
  await file.close();
});

export const flippedByte = damaged("flipped-byte", "a byte of the journal flipped", async (path, size) => {
  const file = await open(path, "r+");
  const at = Math.max(size >> 1, size - UNREAD);
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.from([buffer[0]! ^ 0xff]), 0, 1, at);
  await file.close();
});
