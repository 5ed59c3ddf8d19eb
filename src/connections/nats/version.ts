/** Whether a version is this one or a later one, by its numbers: `2.10.0-beta.1` counts as 2.10.0. */
export function atLeast(version: string, wanted: string): boolean {
  const [have, want] = [numbersOf(version), numbersOf(wanted)];
  for (let i = 0; i < 3; i += 1) {
    if (have[i] !== want[i]) return have[i]! > want[i]!;
  }
  return true;
}

function numbersOf(version: string): readonly number[] {
  const [, ...found] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? ["", 0, 0, 0];
  return found.map(Number);
}
