import type { Command, Commands } from "./commands.js";
import type { Farm } from "./farm.js";
import type { Lines } from "./lines.js";
import type { Place } from "./place.js";
import { exactly, type Finding, told } from "./scenario.js";

/** What quality.yaml tells a printer when an episode begins and ends. % */
const [SLOW, USUAL] = [50, 100];

/** Whether printers heard what those of an undisturbed run of the same readings heard, each command in time. */
export function judgeCommands(undisturbed: Place, disturbed: Place, farm: Farm, count: number): Finding[] {
  const [expected, heard] = [undisturbed.commands.byId(), disturbed.commands.byId()];
  const unheard = (speed: number) =>
    [...expected].filter(([id, [command]]) => !heard.has(id) && command!.speed === speed).map(([id]) => id);
  const [unanswered, unrestored] = [unheard(SLOW), unheard(USUAL)];
  const unknown = [...heard.keys()].filter((id) => !expected.has(id));
  const repeats = disturbed.commands.heard.length - heard.size;
  return [
    exactly(
      "measured episodes found by the undisturbed run",
      episodesOf(farm, count),
      episodesFound(undisturbed.gate.lines),
    ),
    told("commands of the undisturbed run", expected.size),
    exactly(`episodes never answered${examples(unanswered, expected)}`, 0, unanswered.length),
    exactly(`ends of episodes never told${examples(unrestored, expected)}`, 0, unrestored.length),
    exactly(`commands that the undisturbed run never gave${examples(unknown, heard)}`, 0, unknown.length),
    ...judgePromptness(disturbed.commands),
    told("commands repeated with the same id", repeats),
  ];
}

/** That none comes when a printer must not obey it any more. */
export function judgePromptness({ heard }: Commands): Finding[] {
  const late = heard.filter((command) => command.heard > command.expires);
  const slowest = Math.max(0, ...heard.map((command) => command.heard - command.issued));
  return [
    exactly("commands heard after they expired", 0, late.length),
    told("longest from issuing to hearing", `${slowest} ms`),
  ];
}

function episodesOf(farm: Farm, count: number): number {
  return [...farm.episodes(count).values()].reduce((sum, times) => sum + times.length, 0);
}

/** Rows that say the beginning of an episode, without estimates and reminders. */
function episodesFound({ points }: Lines): number {
  const episodes = new Set<string>();
  for (const [point, [written]] of points) {
    if (!point.startsWith("printer_alert,") || !/,rule=rough[, ]/.test(point) || !point.includes("state=raised"))
      continue;
    const episode = /,estimated=false,episode="([^"]+)"/.exec(written!.fields)?.[1];
    if (episode !== undefined) episodes.add(episode);
  }
  return episodes.size;
}

function examples(ids: readonly string[], commands: ReadonlyMap<string, readonly Command[]>): string {
  const shown = ids.slice(0, 3).map((id) => {
    const [{ printer, speed, reason, issued }] = commands.get(id)! as [Command];
    return `\n  ${printer}: speed ${speed}, ${reason}, ${new Date(issued).toISOString()}`;
  });
  return shown.join("");
}
