import { textOf } from "../../settings/docs.js";
import { SETTINGS, type SettingName } from "../../settings/list.js";
import type { Settings } from "../../settings.js";

/** All settings as `NAME=VALUE`, some of them replaced. */
export function settingTexts(
  settings: Settings,
  replaced: Readonly<Partial<Record<SettingName, string>>>,
): readonly string[] {
  const names = Object.keys(SETTINGS) as SettingName[];
  return names.map((name) => `${name}=${replaced[name] ?? textOf(settings[name])}`);
}
